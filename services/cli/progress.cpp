// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/value_text.h"

namespace millrace::cli {
namespace {

// What is done sooner needs no line.
constexpr std::chrono::milliseconds kFirst{1000};
constexpr std::chrono::milliseconds kOnTerminal{200};
constexpr std::chrono::milliseconds kInFile{5000};
constexpr char kEraseLine[] = "\r\x1b[K";

}  // namespace

std::string format_count(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t sign = count < 0 ? 1 : 0;
  for (std::size_t place = text.size(); place > 3 + sign;) {
    place -= 3;
    text.insert(place, 1, ',');
  }
  return text;
}

Progress::Progress(std::ostream& err, const time::Clock& clock, Style style)
    : err_(err), clock_(clock), style_(style), begun_(clock.instant()), next_(begun_ + kFirst) {}

void Progress::add(std::int64_t rows, std::int64_t time_us) {
  rows_ += rows;
  if (style_ == Style::kNone) return;
  const time::Instant now = clock_.instant();
  if (now < next_) return;
  const bool on_terminal = style_ == Style::kOneLine;
  next_ = now + (on_terminal ? kOnTerminal : kInFile);
  const std::string line = text(now, time_us);
  err_ << (on_terminal ? fmt::format("{}{}", kEraseLine, line)
                       : fmt::format("millrace: {}\n", line))
       << std::flush;
  shown_ = true;
}

void Progress::end() {
  if (shown_ && style_ == Style::kOneLine) err_ << kEraseLine << std::flush;
  shown_ = false;
}

std::string Progress::text(time::Instant now, std::int64_t time_us) const {
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const double rate = static_cast<double>(rows_) / std::max(seconds, 0.001);
  return fmt::format("{} rows, up to {}, {} a second", format_count(rows_),
                     format_time(time::from_unix_us(time_us)),
                     format_count(static_cast<std::int64_t>(rate)));
}

}  // namespace millrace::cli
