# SPDX-License-Identifier: Apache-2.0

# Test code runs once and is compiled often: half of a cold build's time goes into it, and optimising
# doubles that.
set(MILLRACE_TEST_COMPILE_OPTIONS $<$<CONFIG:RelWithDebInfo>:-O0>)

# millrace_unit_tests(<target> <folder>): every *_test.cpp of the folder in one program <target>_test.
function(millrace_unit_tests target folder)
  file(GLOB tests CONFIGURE_DEPENDS "${folder}/*_test.cpp")
  if(NOT MILLRACE_TESTS OR NOT tests)
    return()
  endif()
  add_executable(${target}_test ${tests})
  target_compile_options(${target}_test PRIVATE ${MILLRACE_TEST_COMPILE_OPTIONS})
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
  target_compile_options(${target}_itest PRIVATE ${MILLRACE_TEST_COMPILE_OPTIONS})
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

# millrace_fuzzers(<target> <folder>): every *_fuzz.cpp is a libFuzzer program of its own in
# <build>/fuzz. As a unit test it runs the seeds of x_fuzz_seeds/ and a fixed number of inputs;
# tests/fuzz/run goes on for longer.
function(millrace_fuzzers target folder)
  file(GLOB fuzzers CONFIGURE_DEPENDS "${folder}/*_fuzz.cpp")
  if(NOT MILLRACE_FUZZERS)
    return()
  endif()
  foreach(fuzzer IN LISTS fuzzers)
    get_filename_component(name "${fuzzer}" NAME_WE)
    add_executable(${name} "${fuzzer}")
    target_link_libraries(${name} PRIVATE ${target} millrace_warnings)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
    set(options -runs=20000 -seed=1 -max_len=4096 -verbosity=0)
    # Not as a folder, into which it would write what it finds.
    file(GLOB seeds CONFIGURE_DEPENDS "${folder}/${name}_seeds/*")
    if(seeds)
      list(JOIN seeds "," seeds)
      list(APPEND options "-seed_inputs=${seeds}")
    endif()
    if(EXISTS "${folder}/${name}.dict")
      list(APPEND options "-dict=${folder}/${name}.dict")
    endif()
    add_test(NAME ${name} COMMAND ${name} ${options})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
  endforeach()
endfunction()

# millrace_library(<noun> [LINKS <target>...])
# The library millrace_<noun> of the current folder: every .cpp but tests, benchmarks and fuzzers,
# with its unit tests, benchmarks and fuzzers. Includes start at services/: "lib/<noun>/x.h".
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
  millrace_fuzzers(${target} "${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()
