// SPDX-License-Identifier: Apache-2.0
//
// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::utf8 {

// U+FFFD, which stands for each byte that belongs to no character.
inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Bytes of the character that `bytes` begins with; 0: none, or `bytes` is empty.
std::size_t character_length(std::string_view bytes);

bool is_valid(std::string_view bytes);

// Each byte that belongs to no character becomes U+FFFD.
std::string with_replacements(std::string_view bytes);

// Without the first bytes of a character at the end whose rest is missing.
std::string_view without_cut_character(std::string_view bytes);

}  // namespace millrace::utf8
