# SPDX-License-Identifier: Apache-2.0

# millrace_service(<name> [JEMALLOC] PROGRAM <binary> [LINKS <target>...])
# The folder's sources as the library millrace_<name>_core, so that unit tests can link them, and
# main.cpp as the program <binary> in <build>/bin, which is installed and packed. JEMALLOC: it allocates
# with that.
function(millrace_service name)
  cmake_parse_arguments(ARG "JEMALLOC" "PROGRAM" "LINKS" ${ARGN})
  millrace_library(${name}_core LINKS ${ARG_LINKS})
  add_executable(${ARG_PROGRAM} "${CMAKE_CURRENT_SOURCE_DIR}/main.cpp")
  target_link_libraries(${ARG_PROGRAM} PRIVATE millrace_${name}_core millrace_warnings)
  # docs/decisions/0027-jemalloc.md. Sanitizers bring an allocator of their own.
  if(ARG_JEMALLOC AND NOT MILLRACE_SANITIZE)
    target_link_libraries(${ARG_PROGRAM} PRIVATE PkgConfig::JEMALLOC)
  endif()
  set_target_properties(${ARG_PROGRAM} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  install(TARGETS ${ARG_PROGRAM})
  set_property(GLOBAL APPEND PROPERTY MILLRACE_PROGRAMS ${ARG_PROGRAM})
endfunction()
