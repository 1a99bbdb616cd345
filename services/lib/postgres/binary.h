// SPDX-License-Identifier: Apache-2.0
//
// PostgreSQL's binary form of values, as in parameters, results and binary COPY: big-endian
// numbers, timestamps in microseconds since 2000-01-01, arrays with a header. Without libpq.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/time/clock.h"

namespace millrace::postgres::binary {

// Type numbers of pg_type, fixed for ever by PostgreSQL.
inline constexpr std::uint32_t kBool = 16;
inline constexpr std::uint32_t kBytea = 17;
inline constexpr std::uint32_t kName = 19;
inline constexpr std::uint32_t kInt8 = 20;
inline constexpr std::uint32_t kInt2 = 21;
inline constexpr std::uint32_t kInt4 = 23;
inline constexpr std::uint32_t kText = 25;
inline constexpr std::uint32_t kJson = 114;
inline constexpr std::uint32_t kFloat8 = 701;
inline constexpr std::uint32_t kInt4Array = 1007;
inline constexpr std::uint32_t kTextArray = 1009;
inline constexpr std::uint32_t kInt8Array = 1016;
inline constexpr std::uint32_t kFloat8Array = 1022;
inline constexpr std::uint32_t kBpchar = 1042;
inline constexpr std::uint32_t kVarchar = 1043;
inline constexpr std::uint32_t kTimestamptz = 1184;

void append_int16(std::string& out, std::int16_t value);
void append_int32(std::string& out, std::int32_t value);
void append_int64(std::string& out, std::int64_t value);
void append_float8(std::string& out, double value);
// UnixMicros::max() and min() are PostgreSQL's infinity and -infinity.
void append_timestamp(std::string& out, time::UnixMicros value);

// Header of an array of one dimension (none when empty); the elements follow, each as its length
// (-1: NULL) and its bytes.
void append_array_header(std::string& out, std::uint32_t element_oid, std::size_t count,
                         bool has_null);

// The readers want exactly the bytes of one value; the caller has checked the length.
std::int16_t read_int16(std::string_view bytes);
std::int32_t read_int32(std::string_view bytes);
std::int64_t read_int64(std::string_view bytes);
double read_float8(std::string_view bytes);
time::UnixMicros read_timestamp(std::string_view bytes);

// The elements of an array of at most one dimension whose elements have type `element_oid`, as
// views into `bytes`; an element without value is NULL. std::nullopt: not such an array.
std::optional<std::vector<std::optional<std::string_view>>> read_array(std::string_view bytes,
                                                                       std::uint32_t element_oid);

}  // namespace millrace::postgres::binary
