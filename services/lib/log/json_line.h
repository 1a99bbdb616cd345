// SPDX-License-Identifier: Apache-2.0
//
// How a log line looks: one JSON object, always valid UTF-8, of bounded length. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "lib/log/log.h"
#include "lib/time/clock.h"

namespace millrace::log {

inline constexpr std::size_t kLongestTextBytes = 1024;

struct Line {
  time::UnixMicros time;
  Level level;
  std::string_view service;
  std::string_view event;
  std::span<const Field> fields;
};

// Without the newline.
std::string json_line(const Line& line);

// `text` as valid UTF-8 of at most `longest` bytes: each byte that belongs to no character becomes
// U+FFFD; what does not fit is cut between characters and ends in "…".
std::string clean_utf8(std::string_view text, std::size_t longest);

}  // namespace millrace::log
