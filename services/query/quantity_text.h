// SPDX-License-Identifier: Apache-2.0
//
// Numbers as people say them. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::query {

// 12,431
std::string count_text(std::int64_t number);
// "1 message", "12,431 messages"
std::string count_of(std::int64_t number, std::string_view noun);
// The largest unit alone: 45 s, 3 min, 7 h, 12 d
std::string age_text(std::chrono::microseconds age);
// 512 B, 3.4 MiB
std::string bytes_text(std::int64_t bytes);

}  // namespace millrace::query
