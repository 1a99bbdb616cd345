# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where; cmake/Package.cmake makes a Debian package of it. The programs
# themselves are installed by millrace_service().

include(GNUInstallDirs)

# Only what was built is installed: else the install would want every test and benchmark built.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

set(share "${CMAKE_INSTALL_DATADIR}/millrace")
set(doc "${CMAKE_INSTALL_DATADIR}/doc/millrace")

install(FILES deploy/nats/nats.conf DESTINATION "${share}/nats")
install(FILES deploy/postgres/postgresql.conf deploy/postgres/roles.sql DESTINATION "${share}/postgres")
install(PROGRAMS deploy/demo/mqtt_device.py DESTINATION "${share}/demo")
install(DIRECTORY deploy/prometheus DESTINATION "${share}")
# For clients of the gRPC APIs.
install(DIRECTORY proto/millrace proto/grafana DESTINATION "${share}/proto" FILES_MATCHING PATTERN "*.proto")

install(FILES CHANGELOG.md LICENSE DESTINATION "${doc}")
install(DIRECTORY docs/ DESTINATION "${doc}" FILES_MATCHING PATTERN "*.md" PATTERN "*.png")

install(FILES deploy/systemd/millrace.sysusers RENAME millrace.conf DESTINATION lib/sysusers.d)

# millrace_unit(<service> <what it does> [<further lines of its section Service>...])
# One template for all: they differ in nothing else, and a hardening that one of them lacks would be
# an oversight.
function(millrace_unit MILLRACE_SERVICE MILLRACE_DESCRIPTION)
  list(JOIN ARGN "\n" MILLRACE_LINES)
  set(unit "${CMAKE_BINARY_DIR}/systemd/millrace-${MILLRACE_SERVICE}.service")
  configure_file(deploy/systemd/service.in "${unit}" @ONLY)
  # Below the prefix, /usr or /usr/local: systemd looks into both.
  install(FILES "${unit}" DESTINATION lib/systemd/system)
  millrace_environment(${MILLRACE_SERVICE})
endfunction()

# /etc/millrace/<name>.env, unless it is there: it is the administrator's from then on. In a Debian
# package the folder that is packed has none, and dpkg knows it as a conffile.
function(millrace_environment name)
  install(CODE "
    if(EXISTS \"\$ENV{DESTDIR}/etc/millrace/${name}.env\")
      message(STATUS \"Kept: /etc/millrace/${name}.env\")
    else()
      file(INSTALL \"${CMAKE_SOURCE_DIR}/deploy/systemd/${name}.env\" DESTINATION /etc/millrace
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
    endif()")
endfunction()

millrace_environment(bus)
millrace_unit(registry "applications, endpoints and tokens"
  "# The first API key is written here. No other service keeps anything on disk."
  "StateDirectory=millrace"
  "StateDirectoryMode=0700"
  "Environment=MILLRACE_ADMIN_KEY_FILE=%S/millrace/admin.key")
# A connection is a file. Both take 10000 by default; more: raise max-connections and this.
set(connections "# A connection is a file: above max-connections." "LimitNOFILE=65536")
millrace_unit(http-receiver "takes samples over HTTP" ${connections})
millrace_unit(mqtt-receiver "takes samples over MQTT" ${connections})
millrace_unit(epts "turns samples into time series")
millrace_unit(query "reads time series")
millrace_unit(gateway "the web dashboard, and the APIs over HTTP" ${connections})

# Commands, which find their parts beside them through the link.
install(PROGRAMS deploy/backup deploy/restore DESTINATION "${share}")
install(FILES deploy/lib/database.sh deploy/lib/message.sh deploy/lib/nats.sh DESTINATION "${share}/lib")
install(CODE "
  set(folder \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/sbin\")
  file(MAKE_DIRECTORY \"\${folder}\")
  foreach(command IN ITEMS backup restore)
    file(CREATE_LINK ../share/millrace/\${command} \"\${folder}/millrace-\${command}\" SYMBOLIC)
  endforeach()")
