# SPDX-License-Identifier: Apache-2.0

# millrace_migrations(<target> <namespace>)
# Compiles migrations/NNNN_name.sql of the current folder into the generated header
# "<folder>/migrations.h" (folder relative to services/), which offers
# std::span<const millrace::postgres::Migration> <namespace>::migrations(). A new, changed or
# removed file configures the build again. Refuses gaps, doubles and names of another form: a
# number that was ever released must never change its meaning. A line "-- oldest program: N" of the
# file is its oldest_program (lib/postgres/migrator.h); without one older programs are shut out.
function(millrace_migrations target namespace)
  set(folder "${CMAKE_CURRENT_SOURCE_DIR}/migrations")
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*")
  list(SORT files)
  if(NOT files)
    message(FATAL_ERROR "cannot make migrations of ${target}: ${folder} has no file 0001_<name>.sql")
  endif()
  set(number 0)
  set(entries "")
  foreach(file IN LISTS files)
    math(EXPR number "${number} + 1")
    get_filename_component(base "${file}" NAME)
    if(NOT base MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
      message(FATAL_ERROR "cannot use migration ${file}: its name must be NNNN_name.sql with a name of a-z 0-9 _")
    endif()
    set(digits "${CMAKE_MATCH_1}")
    set(name "${CMAKE_MATCH_2}")
    string(REGEX REPLACE "^0+" "" found "${digits}")
    if(NOT found EQUAL number)
      message(FATAL_ERROR "cannot use migration ${file}: number ${number} is next, without gaps and doubles")
    endif()
    file(READ "${file}" sql)
    if(sql MATCHES "\\)millrace_sql\"")
      message(FATAL_ERROR "cannot use migration ${file}: it contains the end of our C++ string literal")
    endif()
    set(oldest ${number})
    if(sql MATCHES "(^|\n)-- oldest program: ([^\n]*)\n")
      set(oldest "${CMAKE_MATCH_2}")
    endif()
    if(NOT oldest MATCHES "^[1-9][0-9]*$" OR oldest GREATER number)
      message(FATAL_ERROR "cannot use migration ${file}: its oldest program is \"${oldest}\"; it must be from 1 to ${number}")
    endif()
    string(APPEND entries "    {${number}, \"${name}\", R\"millrace_sql(${sql})millrace_sql\", ${oldest}},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  endforeach()

  file(RELATIVE_PATH path "${CMAKE_SOURCE_DIR}/services" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(out "${CMAKE_BINARY_DIR}/generated/${path}/migrations.h")
  # Written aside and copied only when different, so that configuring again compiles nothing.
  file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/migrations.h.new"
"// SPDX-License-Identifier: Apache-2.0
//
// Made by cmake/Migrations.cmake from services/${path}/migrations. Changes are lost.
#pragma once

#include <span>

#include \"lib/postgres/migrator.h\"

namespace ${namespace} {

inline std::span<const ::millrace::postgres::Migration> migrations() {
  static constexpr ::millrace::postgres::Migration kMigrations[] = {
${entries}  };
  return kMigrations;
}

}  // namespace ${namespace}
")
  configure_file("${CMAKE_CURRENT_BINARY_DIR}/migrations.h.new" "${out}" COPYONLY)
  target_include_directories(${target} SYSTEM PUBLIC "${CMAKE_BINARY_DIR}/generated")
endfunction()
