// SPDX-License-Identifier: Apache-2.0
//
// What the readers of schema time_series share. Each reader is a function or a small object that
// works on a connection lent for one call, holds no transaction between statements, and runs in
// memory bounded by its request. README.md has the queries' plans.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time/clock.h"
#include "lib/time_series/value_type.h"

namespace millrace::time_series {

struct ValueDescription {
  std::string name;
  ValueType type = ValueType::kNumber;
  bool operator==(const ValueDescription&) const = default;
};

struct SeriesDescription {
  std::string name;
  std::vector<ValueDescription> values;  // in order of name
  bool operator==(const SeriesDescription&) const = default;
};

// Half-open: from <= time < to.
struct TimeRange {
  time::UnixMicros from;
  time::UnixMicros to;
  bool operator==(const TimeRange&) const = default;
};

// The ends of a range that has none of its own: what proto3's Timestamp can say.
inline constexpr time::UnixMicros kEarliestTime{
    std::chrono::microseconds{-62'135'596'800'000'000}};  // 0001-01-01
inline constexpr time::UnixMicros kLatestTime{
    std::chrono::microseconds{253'402'300'800'000'000}};  // 10000-01-01

// Sets what the readers' plans rely on, for the rest of the connection's life: statements are
// planned with their parameters (partitions are pruned before they are opened), and rows come in
// the order of the primary key instead of by sorting. Cheap enough for each lease.
absl::Status prepare_session(postgres::Connection& connection);

// Succeeds when the schema is there and may be read; for readiness.
absl::Status probe(postgres::Connection& connection);

// Nothing: the application never stored a point nor had a sample rejected.
absl::StatusOr<std::optional<std::int32_t>> find_application(postgres::Connection& connection,
                                                             const std::string& name);

// A failed statement of a reader, in words: a schema that does not exist yet is kUnavailable,
// because it appears as soon as epts has run once; missing rights are kFailedPrecondition.
absl::Status explain_failure(const absl::Status& failure);

}  // namespace millrace::time_series
