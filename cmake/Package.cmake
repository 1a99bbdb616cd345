# SPDX-License-Identifier: Apache-2.0
# `cpack`, in the build directory, makes millrace_<version>_<architecture>.deb of what cmake/Install.cmake
# installs. One package, as one image: what the services share is larger than they are, they are
# released together, and a machine starts those it is to run. Included last: it sees every program.

# Everything that is packed, without tests and benchmarks.
get_property(programs GLOBAL PROPERTY MILLRACE_PROGRAMS)
add_custom_target(programs DEPENDS ${programs})

set(debian "${CMAKE_SOURCE_DIR}/deploy/debian")
install(FILES "${debian}/README.Debian" "${debian}/copyright" DESTINATION "${doc}" COMPONENT Unspecified)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME millrace)
set(CPACK_PACKAGE_CONTACT "The Millrace developers <millrace@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "telemetry of devices as time series")
set(CPACK_PACKAGE_DESCRIPTION
"Devices send JSON over HTTP or MQTT; each number becomes a point of a time
series in PostgreSQL, which programs read over gRPC and people in a web
dashboard. What was accepted waits in NATS JetStream until it is stored.
.
This package has all services, which may run on one machine or on several,
and the command line. None is started before it is configured:
see /usr/share/doc/millrace/README.Debian.")
set(CPACK_STRIP_FILES ON)
# /etc lies outside the prefix, which only DESTDIR can take along.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
# Whatever the umask of whoever packs.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# tzdata: time zones of aggregates.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata")
# On this machine or elsewhere. postgresql brings pg_dump for millrace-backup.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nats-server, postgresql (>= 15)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, python3-paho-mqtt")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${debian}/conffiles" "${debian}/postinst" "${debian}/prerm" "${debian}/postrm")
include(CPack)
