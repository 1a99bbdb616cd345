// SPDX-License-Identifier: Apache-2.0
#include "cli/document.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

namespace millrace::cli {
namespace {

absl::StatusOr<std::string> read_all(std::istream& in, const std::string& name,
                                     std::size_t max_bytes) {
  std::string document;
  char buffer[65'536];
  errno = 0;
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    document.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (document.size() > max_bytes) {
      return absl::InvalidArgumentError(
          fmt::format("cannot use {}: it has more than {} bytes", name, max_bytes));
    }
  }
  // A folder opens like a file, and fails only now.
  if (in.bad() || errno != 0) {
    return absl::NotFoundError(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
  }
  return document;
}

}  // namespace

std::string document_name(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

absl::StatusOr<std::string> read_document(const std::string& path, std::istream& in,
                                          std::size_t max_bytes) {
  if (path == "-") return read_all(in, document_name(path), max_bytes);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) {
    return absl::NotFoundError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }
  return read_all(file, path, max_bytes);
}

}  // namespace millrace::cli
