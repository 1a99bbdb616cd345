// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/binary.h"

#include <bit>
#include <cstring>
#include <limits>

namespace millrace::postgres::binary {
namespace {

// Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL's timestamps begin.
constexpr std::int64_t kEpochShiftUs = 946'684'800'000'000;

template <class Unsigned>
void append_big_endian(std::string& out, Unsigned value) {
  char bytes[sizeof(Unsigned)];
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    bytes[i] = static_cast<char>((value >> (8 * (sizeof(Unsigned) - 1 - i))) & 0xFF);
  }
  out.append(bytes, sizeof bytes);
}

template <class Unsigned>
Unsigned read_big_endian(std::string_view bytes) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    value = static_cast<Unsigned>((value << 8) | static_cast<unsigned char>(bytes[i]));
  }
  return value;
}

}  // namespace

void append_int16(std::string& out, std::int16_t value) {
  append_big_endian(out, static_cast<std::uint16_t>(value));
}
void append_int32(std::string& out, std::int32_t value) {
  append_big_endian(out, static_cast<std::uint32_t>(value));
}
void append_int64(std::string& out, std::int64_t value) {
  append_big_endian(out, static_cast<std::uint64_t>(value));
}
void append_float8(std::string& out, double value) {
  append_big_endian(out, std::bit_cast<std::uint64_t>(value));
}

void append_timestamp(std::string& out, time::UnixMicros value) {
  const std::int64_t us = time::to_unix_us(value);
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  if (value == time::UnixMicros::max()) {
    append_int64(out, us);
  } else if (us < kMin + kEpochShiftUs) {
    append_int64(out, kMin);  // also -infinity: nothing that early can be stored anyway
  } else {
    append_int64(out, us - kEpochShiftUs);
  }
}

void append_array_header(std::string& out, std::uint32_t element_oid, std::size_t count,
                         bool has_null) {
  append_int32(out, count == 0 ? 0 : 1);
  append_int32(out, has_null ? 1 : 0);
  append_big_endian(out, element_oid);
  if (count == 0) return;
  append_int32(out, static_cast<std::int32_t>(count));
  append_int32(out, 1);  // lower bound, as in SQL
}

std::int16_t read_int16(std::string_view bytes) {
  return static_cast<std::int16_t>(read_big_endian<std::uint16_t>(bytes));
}
std::int32_t read_int32(std::string_view bytes) {
  return static_cast<std::int32_t>(read_big_endian<std::uint32_t>(bytes));
}
std::int64_t read_int64(std::string_view bytes) {
  return static_cast<std::int64_t>(read_big_endian<std::uint64_t>(bytes));
}
double read_float8(std::string_view bytes) {
  return std::bit_cast<double>(read_big_endian<std::uint64_t>(bytes));
}

time::UnixMicros read_timestamp(std::string_view bytes) {
  const std::int64_t us = read_int64(bytes);
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (us > kMax - kEpochShiftUs) return time::UnixMicros::max();
  if (us == std::numeric_limits<std::int64_t>::min()) return time::UnixMicros::min();
  return time::from_unix_us(us + kEpochShiftUs);
}

std::optional<std::vector<std::optional<std::string_view>>> read_array(std::string_view bytes,
                                                                       std::uint32_t element_oid) {
  if (bytes.size() < 12) return std::nullopt;
  const std::int32_t dimensions = read_int32(bytes);
  if (read_big_endian<std::uint32_t>(bytes.substr(8)) != element_oid) return std::nullopt;
  std::vector<std::optional<std::string_view>> elements;
  if (dimensions == 0) return elements;
  if (dimensions != 1 || bytes.size() < 20) return std::nullopt;
  const std::int32_t count = read_int32(bytes.substr(12));
  std::string_view rest = bytes.substr(20);
  // Each element has at least its length: a wrong count cannot make us reserve at will.
  if (count < 0 || static_cast<std::size_t>(count) > rest.size() / 4) return std::nullopt;
  elements.reserve(static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count; ++i) {
    if (rest.size() < 4) return std::nullopt;
    const std::int32_t length = read_int32(rest);
    rest.remove_prefix(4);
    if (length < 0) {
      elements.emplace_back(std::nullopt);
      continue;
    }
    if (static_cast<std::size_t>(length) > rest.size()) return std::nullopt;
    elements.emplace_back(rest.substr(0, static_cast<std::size_t>(length)));
    rest.remove_prefix(static_cast<std::size_t>(length));
  }
  if (!rest.empty()) return std::nullopt;
  return elements;
}

}  // namespace millrace::postgres::binary
