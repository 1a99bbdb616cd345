// SPDX-License-Identifier: Apache-2.0
//
// How far a long answer has come, on stderr: "1,234,000 rows, up to 2026-11-23T06:31:00Z, 250,000
// a second". On a terminal one line that is written anew; elsewhere a line now and then.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "lib/time/clock.h"

namespace millrace::cli {

// Thousands apart: "1,234,000".
std::string format_count(std::int64_t count);

class Progress {
 public:
  enum class Style { kNone, kOneLine, kLines };
  Progress(std::ostream& err, const time::Clock& clock, Style style);

  // `rows` more, the last of them at `time_us`.
  void add(std::int64_t rows, std::int64_t time_us);
  // The line goes away: the answer is there.
  void end();

 private:
  std::string text(time::Instant now, std::int64_t time_us) const;

  std::ostream& err_;
  const time::Clock& clock_;
  const Style style_;
  const time::Instant begun_;
  time::Instant next_;
  std::int64_t rows_ = 0;
  bool shown_ = false;
};

}  // namespace millrace::cli
