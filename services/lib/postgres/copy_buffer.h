// SPDX-License-Identifier: Apache-2.0
//
// Rows in PostgreSQL's binary COPY format, built in memory: header, rows, trailer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/time/clock.h"

namespace millrace::postgres {

// Usage: row(columns), then exactly that many values; finish() once; data(). clear() begins anew
// and keeps the memory.
class CopyBuffer {
 public:
  CopyBuffer();

  void row(std::int16_t columns);
  void null();
  void int2(std::int16_t value);
  void int4(std::int32_t value);
  void int8(std::int64_t value);
  void float8(double value);
  void boolean(bool value);
  void text(std::string_view value);  // valid UTF-8 without NUL
  void bytea(std::string_view value);
  void timestamp(time::UnixMicros value);
  void int4_array(std::span<const std::int32_t> values);
  // NaN with the bit pattern `null_pattern()` stands for NULL; every other value for itself.
  void float8_array(std::span<const double> values);
  // A view without data() stands for NULL.
  void text_array(std::span<const std::string_view> values);

  void finish();
  std::string_view data() const { return bytes_; }
  void clear();

 private:
  std::string bytes_;
};

// The NaN that means NULL in float8_array.
double null_pattern();
bool is_null_pattern(double value);

}  // namespace millrace::postgres
