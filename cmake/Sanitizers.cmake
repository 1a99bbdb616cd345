# SPDX-License-Identifier: Apache-2.0
# What each sanitizer preset switches on, for the whole tree.

if(MILLRACE_SANITIZE)
  add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MILLRACE_SANITIZE})
  if(MILLRACE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      add_compile_options(-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizer-ignorelist.txt)
    endif()
    # CLI11 and gRPC hand out objects across libraries built without RTTI checks.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()

if(MILLRACE_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "cannot build the fuzzers with ${CMAKE_CXX_COMPILER_ID}: libFuzzer comes with clang; use the preset clang")
  endif()
  # All code tells the fuzzer which branches an input takes; only the fuzzers link its main().
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
