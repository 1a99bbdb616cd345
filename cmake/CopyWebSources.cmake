# SPDX-License-Identifier: Apache-2.0
#
# cmake -DFROM=<services/gateway/web> -DTO=<folder of the build> -P CopyWebSources.cmake
# Copies what TO/sources.txt lists, and removes what an earlier run copied and has gone since.

cmake_minimum_required(VERSION 3.25)

file(STRINGS "${TO}/sources.txt" sources)
file(GLOB_RECURSE before RELATIVE "${TO}" "${TO}/src/*" "${TO}/scripts/*" "${TO}/public/*")
list(FILTER before EXCLUDE REGEX "^src/gen/")
foreach(path IN LISTS before)
  if(NOT path IN_LIST sources)
    file(REMOVE "${TO}/${path}")
  endif()
endforeach()
foreach(path IN LISTS sources)
  configure_file("${FROM}/${path}" "${TO}/${path}" COPYONLY)
endforeach()
