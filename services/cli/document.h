// SPDX-License-Identifier: Apache-2.0
//
// What a person hands over in a file or on standard input.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

#include <absl/status/statusor.h>

namespace millrace::cli {

// The bytes of the file `path`; "-": of `in`, standard input. kNotFound: it cannot be read;
// kInvalidArgument: it has more than `max_bytes`.
absl::StatusOr<std::string> read_document(const std::string& path, std::istream& in,
                                          std::size_t max_bytes);

// What messages call it: the path, or "standard input".
std::string document_name(const std::string& path);

}  // namespace millrace::cli
