# SPDX-License-Identifier: Apache-2.0
# The warning set, as errors, for our own code. Generated code does not link millrace_warnings.

add_library(millrace_warnings INTERFACE)
target_compile_options(millrace_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wunused-result -Wimplicit-fallthrough -Wformat=2 -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # lib/concurrency/mutex.h carries the annotations this analysis checks.
  target_compile_options(millrace_warnings INTERFACE -Wthread-safety)
endif()
