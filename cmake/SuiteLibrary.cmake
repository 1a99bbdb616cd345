# SPDX-License-Identifier: Apache-2.0

# millrace_unit_tests(<target> <folder>): every *_test.cpp of the folder in one program <target>_test.
function(millrace_unit_tests target folder)
  file(GLOB tests CONFIGURE_DEPENDS "${folder}/*_test.cpp")
  if(NOT MILLRACE_TESTS OR NOT tests)
    return()
  endif()
  add_executable(${target}_test ${tests})
  target_link_libraries(${target}_test PRIVATE ${target} millrace_warnings GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${target}_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# millrace_integration_tests(<target> <folder>): every *_itest.cpp in one program <target>_itest, run by
# tests/service with the addresses of real servers; not part of ctest.
function(millrace_integration_tests target folder)
  file(GLOB tests CONFIGURE_DEPENDS "${folder}/*_itest.cpp")
  if(NOT MILLRACE_TESTS OR NOT tests)
    return()
  endif()
  add_executable(${target}_itest ${tests})
  target_link_libraries(${target}_itest PRIVATE ${target} millrace_warnings GTest::gmock)
endfunction()

# millrace_benchmarks(<target> <folder>): every *_bench.cpp is a Google Benchmark program of its own.
function(millrace_benchmarks target folder)
  file(GLOB benches CONFIGURE_DEPENDS "${folder}/*_bench.cpp")
  if(NOT MILLRACE_BENCHMARKS)
    return()
  endif()
  foreach(bench IN LISTS benches)
    get_filename_component(name "${bench}" NAME_WE)
    add_executable(${name} "${bench}")
    target_link_libraries(${name} PRIVATE ${target} millrace_warnings benchmark::benchmark_main)
  endforeach()
endfunction()

# millrace_library(<noun> [LINKS <target>...])
# The library millrace_<noun> of the current folder: every .cpp but tests, benchmarks and fuzzers,
# with its unit tests and benchmarks. Includes start at services/: "lib/<noun>/x.h".
function(millrace_library noun)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "(_test|_itest|_bench|_fuzz|/main)\\.cpp$")
  set(target millrace_${noun})
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/services")
    target_link_libraries(${target} PUBLIC ${ARG_LINKS} PRIVATE millrace_warnings)
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE "${CMAKE_SOURCE_DIR}/services")
    target_link_libraries(${target} INTERFACE ${ARG_LINKS})
  endif()
  millrace_unit_tests(${target} "${CMAKE_CURRENT_SOURCE_DIR}")
  millrace_integration_tests(${target} "${CMAKE_CURRENT_SOURCE_DIR}")
  millrace_benchmarks(${target} "${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()
