// SPDX-License-Identifier: Apache-2.0
//
// The dashboard's files, which are a part of the program: a request's path is looked up in a fixed
// table and never touches a file system.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lib/http/message.h"

namespace millrace::gateway {

struct EmbeddedFile {
  std::string_view path;  // /assets/page-3f9a.js, or the same with .br or .gz: that, compressed
  std::string_view bytes;
  std::string_view sha256;  // hexadecimal
};

// Those of the dashboard; none in a build without it. Made by cmake/EmbedFolder.cmake, and linked
// to the program alone.
std::span<const EmbeddedFile> embedded_files();

// Answers GET and HEAD:
//
//   /                    index.html; so is every path that names no file: the page's own routes
//   /assets/…            may be kept for ever, their names change with their content
//   any other file       asked for again each time, and answered 304 where it is the same
//   missing below /assets/, missing with a dot in its one segment, or no plain path: 404
//
// `files` must outlive the handler; each may be there compressed beside.
http::Handler make_web_files(std::span<const EmbeddedFile> files);

}  // namespace millrace::gateway
