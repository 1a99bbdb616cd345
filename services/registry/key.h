// SPDX-License-Identifier: Apache-2.0
//
// API keys and the file that holds the first one.
#pragma once

#include <string>

#include <absl/status/status.h>

namespace millrace::registry {

// "mr_" and 40 letters and digits: 238 bits.
std::string generate_key();

// Replaces `path` by a file that only its owner may read, holding `key` and a newline; whole or not
// at all, also after a power cut. Its folder must exist.
absl::Status write_key_file(const std::string& path, const std::string& key);

bool file_exists(const std::string& path);

}  // namespace millrace::registry
