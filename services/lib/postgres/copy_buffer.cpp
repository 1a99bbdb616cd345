// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/copy_buffer.h"

#include <bit>

#include "lib/postgres/binary.h"

namespace millrace::postgres {
namespace {

// Signature, flags, length of the header's extension.
constexpr std::string_view kHeader("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);

// A quiet NaN with a payload that no arithmetic makes.
constexpr std::uint64_t kNullBits = 0x7FF8'4E55'4C4C'0001;

}  // namespace

double null_pattern() {
  return std::bit_cast<double>(kNullBits);
}

bool is_null_pattern(double value) {
  return std::bit_cast<std::uint64_t>(value) == kNullBits;
}

CopyBuffer::CopyBuffer() : bytes_(kHeader) {}

void CopyBuffer::row(std::int16_t columns) {
  binary::append_int16(bytes_, columns);
}

void CopyBuffer::null() {
  binary::append_int32(bytes_, -1);
}

void CopyBuffer::int2(std::int16_t value) {
  binary::append_int32(bytes_, 2);
  binary::append_int16(bytes_, value);
}

void CopyBuffer::int4(std::int32_t value) {
  binary::append_int32(bytes_, 4);
  binary::append_int32(bytes_, value);
}

void CopyBuffer::int8(std::int64_t value) {
  binary::append_int32(bytes_, 8);
  binary::append_int64(bytes_, value);
}

void CopyBuffer::float8(double value) {
  binary::append_int32(bytes_, 8);
  binary::append_float8(bytes_, value);
}

void CopyBuffer::boolean(bool value) {
  binary::append_int32(bytes_, 1);
  bytes_ += value ? '\1' : '\0';
}

void CopyBuffer::text(std::string_view value) {
  binary::append_int32(bytes_, static_cast<std::int32_t>(value.size()));
  bytes_ += value;
}

void CopyBuffer::bytea(std::string_view value) {
  text(value);
}

void CopyBuffer::timestamp(time::UnixMicros value) {
  binary::append_int32(bytes_, 8);
  binary::append_timestamp(bytes_, value);
}

void CopyBuffer::int4_array(std::span<const std::int32_t> values) {
  const std::size_t size = (values.empty() ? 12 : 20) + values.size() * 8;
  binary::append_int32(bytes_, static_cast<std::int32_t>(size));
  binary::append_array_header(bytes_, binary::kInt4, values.size(), false);
  for (const std::int32_t value : values) int4(value);
}

void CopyBuffer::float8_array(std::span<const double> values) {
  std::size_t nulls = 0;
  for (const double value : values) nulls += is_null_pattern(value) ? 1 : 0;
  const std::size_t header = values.empty() ? 12 : 20;
  const std::size_t size = header + values.size() * 12 - nulls * 8;
  binary::append_int32(bytes_, static_cast<std::int32_t>(size));
  binary::append_array_header(bytes_, binary::kFloat8, values.size(), nulls > 0);
  for (const double value : values) {
    if (is_null_pattern(value)) {
      null();
    } else {
      float8(value);
    }
  }
}

void CopyBuffer::text_array(std::span<const std::string_view> values) {
  std::size_t size = values.empty() ? 12 : 20;
  bool has_null = false;
  for (const std::string_view value : values) {
    size += 4 + value.size();
    has_null = has_null || value.data() == nullptr;
  }
  binary::append_int32(bytes_, static_cast<std::int32_t>(size));
  binary::append_array_header(bytes_, binary::kText, values.size(), has_null);
  for (const std::string_view value : values) {
    if (value.data() == nullptr) {
      null();
    } else {
      text(value);
    }
  }
}

void CopyBuffer::finish() {
  binary::append_int16(bytes_, -1);
}

void CopyBuffer::clear() {
  bytes_.resize(kHeader.size());
}

}  // namespace millrace::postgres
