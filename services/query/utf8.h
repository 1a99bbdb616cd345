// SPDX-License-Identifier: Apache-2.0
//
// Bytes from a device made fit for proto3's strings, which must be UTF-8. Pure.
#pragma once

#include <string>
#include <string_view>

namespace millrace::query {

// Each byte that is part of no valid character becomes U+FFFD.
std::string valid_utf8(std::string_view bytes);

// Without the first bytes of a character at the end whose rest is missing.
std::string_view without_cut_character(std::string_view bytes);

}  // namespace millrace::query
