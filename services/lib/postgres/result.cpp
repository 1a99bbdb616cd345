// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/result.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "lib/postgres/binary.h"
#include "lib/postgres/copy_buffer.h"

namespace millrace::postgres {
namespace {

// Our SQL and our getters disagree: nothing a peer can cause.
[[noreturn]] void bug(const std::string& what) {
  fmt::print(stderr, "BUG: {}\n", what);
  std::abort();
}

void check_place(const PGresult* result, int row, int column) {
  if (row < 0 || column < 0 || row >= PQntuples(result) || column >= PQnfields(result)) {
    bug(fmt::format("read row {} column {} of a result of {} rows and {} columns", row, column,
                    PQntuples(result), PQnfields(result)));
  }
}

// The bytes of a value that is not NULL and has one of the types `oids`.
std::string_view value(const PGresult* result, int row, int column,
                       std::initializer_list<std::uint32_t> oids) {
  check_place(result, row, column);
  const std::uint32_t type = PQftype(result, column);
  bool fits = false;
  for (const std::uint32_t oid : oids) fits = fits || oid == type;
  if (!fits) {
    bug(fmt::format("read column {} ({}) of type oid {} as oid {}", column, PQfname(result, column),
                    type, *oids.begin()));
  }
  if (PQgetisnull(result, row, column) != 0) {
    bug(fmt::format("read column {} ({}) of row {}, which is NULL", column, PQfname(result, column),
                    row));
  }
  return {PQgetvalue(result, row, column),
          static_cast<std::size_t>(PQgetlength(result, row, column))};
}

std::vector<std::optional<std::string_view>> elements(std::string_view bytes,
                                                      std::uint32_t element_oid) {
  auto array = binary::read_array(bytes, element_oid);
  if (!array)
    bug(fmt::format("read an array of other shape than one dimension of {}", element_oid));
  return *std::move(array);
}

std::string_view not_null(const std::optional<std::string_view>& element) {
  if (!element) bug("read an array with a NULL element as one without");
  return *element;
}

}  // namespace

Result::Result() : state_(std::make_unique<State>()) {}
Result::Result(Result&&) noexcept = default;
Result& Result::operator=(Result&&) noexcept = default;
Result::~Result() = default;

int Result::rows() const {
  return PQntuples(state_->handle.get());
}

int Result::columns() const {
  return PQnfields(state_->handle.get());
}

std::int64_t Result::affected_rows() const {
  const char* text = state_->handle == nullptr ? "" : PQcmdTuples(state_->handle.get());
  std::int64_t rows = 0;
  std::from_chars(text, text + std::strlen(text), rows);  // empty for other statements: 0
  return rows;
}

bool Result::is_null(int row, int column) const {
  check_place(state_->handle.get(), row, column);
  return PQgetisnull(state_->handle.get(), row, column) != 0;
}

std::int16_t Result::int2(int row, int column) const {
  return binary::read_int16(value(state_->handle.get(), row, column, {binary::kInt2}));
}

std::int32_t Result::int4(int row, int column) const {
  return binary::read_int32(value(state_->handle.get(), row, column, {binary::kInt4}));
}

std::int64_t Result::int8(int row, int column) const {
  return binary::read_int64(value(state_->handle.get(), row, column, {binary::kInt8}));
}

double Result::float8(int row, int column) const {
  return binary::read_float8(value(state_->handle.get(), row, column, {binary::kFloat8}));
}

bool Result::boolean(int row, int column) const {
  return value(state_->handle.get(), row, column, {binary::kBool})[0] != 0;
}

std::string_view Result::text(int row, int column) const {
  return value(state_->handle.get(), row, column,
               {binary::kText, binary::kVarchar, binary::kBpchar, binary::kName, binary::kJson});
}

std::string_view Result::bytea(int row, int column) const {
  return value(state_->handle.get(), row, column, {binary::kBytea});
}

time::UnixMicros Result::timestamp(int row, int column) const {
  return binary::read_timestamp(value(state_->handle.get(), row, column, {binary::kTimestamptz}));
}

std::vector<std::int32_t> Result::int4_array(int row, int column) const {
  std::vector<std::int32_t> numbers;
  const auto bytes = value(state_->handle.get(), row, column, {binary::kInt4Array});
  for (const auto& element : elements(bytes, binary::kInt4)) {
    numbers.push_back(binary::read_int32(not_null(element)));
  }
  return numbers;
}

std::vector<std::int64_t> Result::int8_array(int row, int column) const {
  std::vector<std::int64_t> numbers;
  const auto bytes = value(state_->handle.get(), row, column, {binary::kInt8Array});
  for (const auto& element : elements(bytes, binary::kInt8)) {
    numbers.push_back(binary::read_int64(not_null(element)));
  }
  return numbers;
}

std::vector<double> Result::float8_array(int row, int column) const {
  std::vector<double> numbers;
  const auto bytes = value(state_->handle.get(), row, column, {binary::kFloat8Array});
  for (const auto& element : elements(bytes, binary::kFloat8)) {
    numbers.push_back(element ? binary::read_float8(*element) : null_pattern());
  }
  return numbers;
}

std::vector<std::string> Result::text_array(int row, int column) const {
  std::vector<std::string> texts;
  const auto bytes = value(state_->handle.get(), row, column, {binary::kTextArray});
  for (const auto& element : elements(bytes, binary::kText)) texts.emplace_back(not_null(element));
  return texts;
}

std::vector<std::optional<std::string>> Result::nullable_text_array(int row, int column) const {
  std::vector<std::optional<std::string>> texts;
  const auto bytes = value(state_->handle.get(), row, column, {binary::kTextArray});
  for (const auto& element : elements(bytes, binary::kText)) {
    texts.push_back(element ? std::optional<std::string>(*element) : std::nullopt);
  }
  return texts;
}

}  // namespace millrace::postgres
