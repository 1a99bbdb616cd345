# SPDX-License-Identifier: Apache-2.0
#
# The web dashboard, services/gateway/web, built by npm in the build folder: the source tree stays as
# it is. The target `millrace_web` makes ${MILLRACE_WEB_DIST}, with x.br and x.gz beside each file x
# that compresses. Node is needed to build, not to run: the gateway has the files inside.
# Without MILLRACE_WEB neither the target nor Node is there.

option(MILLRACE_WEB "Build the web dashboard; needs Node 18 or newer, and npm" ON)
set(MILLRACE_WEB_DIST "${CMAKE_BINARY_DIR}/web/dist")

if(NOT MILLRACE_WEB)
  return()
endif()

find_program(NODE_PROGRAM NAMES node nodejs)
find_program(NPM_PROGRAM npm)
if(NOT NODE_PROGRAM OR NOT NPM_PROGRAM)
  message(FATAL_ERROR "cannot build the web dashboard: node or npm is missing; install the packages "
    "nodejs and npm (deploy/install-packages does), or leave the dashboard out with -D MILLRACE_WEB=OFF")
endif()
execute_process(COMMAND "${NODE_PROGRAM}" --version OUTPUT_VARIABLE MILLRACE_NODE_VERSION
  OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE result)
string(REGEX REPLACE "^v" "" MILLRACE_NODE_VERSION "${MILLRACE_NODE_VERSION}")
if(NOT result EQUAL 0 OR MILLRACE_NODE_VERSION VERSION_LESS 18.14)
  message(FATAL_ERROR "cannot build the web dashboard: ${NODE_PROGRAM} is version \"${MILLRACE_NODE_VERSION}\", "
    "and 18.14 is the oldest that will do; name another one with -D NODE_PROGRAM=<path>, "
    "or leave the dashboard out with -D MILLRACE_WEB=OFF")
endif()

set(source "${CMAKE_SOURCE_DIR}/services/gateway/web")
set(work "${CMAKE_BINARY_DIR}/web")
file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE "${source}"
  "${source}/src/*" "${source}/scripts/*" "${source}/public/*")
# What npm makes of a developer's own run in the source tree is not a source.
list(FILTER sources EXCLUDE REGEX "^src/gen/")
list(APPEND sources index.html package.json package-lock.json tsconfig.json vite.config.ts
  .prettierrc.json .prettierignore)
list(TRANSFORM sources PREPEND "${source}/" OUTPUT_VARIABLE inputs)
file(GLOB_RECURSE contracts CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/proto/millrace/*.proto")

# Packages anew only when the lock file has changed.
add_custom_command(
  OUTPUT "${work}/packages.stamp"
  COMMAND "${CMAKE_COMMAND}" -E copy "${source}/package.json" "${source}/package-lock.json" "${work}/"
  # None of the packages needs its scripts, so none of them runs any.
  COMMAND "${CMAKE_COMMAND}" -E chdir "${work}" "${NPM_PROGRAM}" ci --ignore-scripts --no-audit --no-fund --loglevel=error
  COMMAND "${CMAKE_COMMAND}" -E touch "${work}/packages.stamp"
  DEPENDS "${source}/package.json" "${source}/package-lock.json"
  COMMENT "npm ci for the web dashboard"
  VERBATIM)

# The list is in a file: a command line is not that long everywhere.
list(JOIN sources "\n" lines)
file(GENERATE OUTPUT "${work}/sources.txt" CONTENT "${lines}\n")
add_custom_command(
  OUTPUT "${work}/dist.stamp"
  COMMAND "${CMAKE_COMMAND}" "-DFROM=${source}" "-DTO=${work}" -P "${CMAKE_SOURCE_DIR}/cmake/CopyWebSources.cmake"
  COMMAND "${CMAKE_COMMAND}" -E chdir "${work}" "${CMAKE_COMMAND}" -E env
    "MILLRACE_PROTO=${CMAKE_SOURCE_DIR}/proto" "MILLRACE_PROTOC=$<TARGET_FILE:protobuf::protoc>"
    "${NPM_PROGRAM}" run --silent build
  COMMAND "${CMAKE_COMMAND}" -E touch "${work}/dist.stamp"
  DEPENDS ${inputs} ${contracts} "${work}/packages.stamp" "${work}/sources.txt"
    "${CMAKE_SOURCE_DIR}/cmake/CopyWebSources.cmake"
  COMMENT "npm run build of the web dashboard"
  VERBATIM)
add_custom_target(millrace_web DEPENDS "${work}/dist.stamp")

# In the build folder, where the packages are.
if(MILLRACE_TESTS)
  foreach(part IN ITEMS check test)
    add_test(NAME web.${part} COMMAND "${NPM_PROGRAM}" run --silent ${part} WORKING_DIRECTORY "${work}")
    set_tests_properties(web.${part} PROPERTIES LABELS unit TIMEOUT 300
      ENVIRONMENT "MILLRACE_PROTO=${CMAKE_SOURCE_DIR}/proto;MILLRACE_PROTOC=${Protobuf_PROTOC_EXECUTABLE}"
      RESOURCE_LOCK millrace_web)
  endforeach()
endif()
