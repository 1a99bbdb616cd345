# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=<folder> -DOUT=<file.cpp> -P EmbedFolder.cmake
# Writes the C++ of millrace::gateway::embedded_files() (services/gateway/web_files.h): every file of
# the folder, as the assembler's .incbin. No FOLDER: no file. The hashes in it make it a new source
# when a file changes, which the compiler, and its cache, would not notice by .incbin alone.

set(assembly "")
set(declarations "")
set(entries "")
if(FOLDER)
  file(GLOB_RECURSE names RELATIVE "${FOLDER}" "${FOLDER}/*")
  list(SORT names)
  if(NOT names)
    message(FATAL_ERROR "cannot embed ${FOLDER}: no file is there")
  endif()
endif()
set(number 0)
foreach(name IN LISTS names)
  set(file "${FOLDER}/${name}")
  if("${file}" MATCHES "[\"\\\\;]")
    message(FATAL_ERROR "cannot embed ${file}: its path has a quote, a backslash or a semicolon")
  endif()
  file(SIZE "${file}" size)
  file(SHA256 "${file}" hash)
  set(symbol "millrace_embedded_${number}")
  string(APPEND assembly
    "    \".global ${symbol}\\n${symbol}:\\n.incbin \\\"${file}\\\"\\n\"\n")
  string(APPEND declarations "extern const char ${symbol}[];\n")
  string(APPEND entries "      {\"/${name}\", {${symbol}, ${size}},\n       \"${hash}\"},\n")
  math(EXPR number "${number} + 1")
endforeach()

set(text "// SPDX-License-Identifier: Apache-2.0
//
// Made by cmake/EmbedFolder.cmake. Changes are lost.
#include \"gateway/web_files.h\"
")
if(entries)
  string(APPEND text "
__asm__(
    \".pushsection .rodata\\n\"
${assembly}    \".popsection\\n\");
extern \"C\" {
${declarations}}
")
endif()
string(APPEND text "
namespace millrace::gateway {

std::span<const EmbeddedFile> embedded_files() {
")
if(entries)
  string(APPEND text "  static const EmbeddedFile kFiles[] = {
${entries}  };
  return kFiles;
")
else()
  string(APPEND text "  return {};
")
endif()
string(APPEND text "}

}  // namespace millrace::gateway
")
file(WRITE "${OUT}" "${text}")
