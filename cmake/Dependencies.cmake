# SPDX-License-Identifier: Apache-2.0
# Every third-party library, found once. All are Debian 12 packages (deploy/packages lists them);
# the comments say where Debian's CMake files mislead.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(yaml-cpp REQUIRED)

# CONFIG mode does not exist in Debian's package.
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)

# No version file in the package: asking for a version fails.
find_package(prometheus-cpp CONFIG REQUIRED)

# The target alone leaves OpenSSL symbols unresolved; lib/http links OpenSSL beside it.
find_package(cpprestsdk CONFIG REQUIRED)

# find_package(cnats) names a static library that is not shipped.
pkg_check_modules(NATS REQUIRED IMPORTED_TARGET libnats)
pkg_check_modules(MOSQUITTO REQUIRED IMPORTED_TARGET libmosquitto)
pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)

# The package exports include directories, no target.
find_package(RapidJSON REQUIRED)
add_library(millrace_rapidjson INTERFACE)
target_include_directories(millrace_rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE_DIRS})

# CivetWeb serves the admin port; the package ships no CMake file.
find_library(CIVETWEB_CPP_LIBRARY civetweb-cpp REQUIRED)
find_library(CIVETWEB_LIBRARY civetweb REQUIRED)
add_library(millrace_civetweb INTERFACE)
target_link_libraries(millrace_civetweb INTERFACE ${CIVETWEB_CPP_LIBRARY} ${CIVETWEB_LIBRARY})

if(MILLRACE_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(MILLRACE_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

# Compiler cache, where installed: the sanitizer presets and clean clones share most objects.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()
