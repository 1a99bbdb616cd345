// SPDX-License-Identifier: Apache-2.0
//
// The keys of applications and of the values of their series, made at first sight. All values of an
// application are kept here once it was asked for: they are bounded, and a device that invents
// names beyond the bound then costs no statement.
//
// Everything is committed before it is remembered, so a transaction rolled back later leaves
// nothing stale; a new connection begins with an empty catalogue, because a fail-over may have
// lost what the old one committed. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/recent_cache.h"
#include "lib/time_series/sample_batch.h"

namespace millrace::time_series {

struct Application {
  std::int32_t key = 0;
  // By the name's text as in a shape, see append_value_name().
  std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>> value_keys;
  // No more of them may be made. Nothing is ever taken out of the catalogue, so this stays true.
  bool series_full = false;
  bool layouts_full = false;
};

// Serializes the making of values and layouts of one application between replicas, until the end of
// the transaction.
absl::Status lock_application(postgres::Connection& connection, std::int32_t application_key);

class SeriesCatalogue {
 public:
  // `max_values`: of one application, all series together.
  SeriesCatalogue(postgres::Connection& connection, std::size_t max_values)
      : connection_(connection), max_values_(max_values) {}

  // Valid until the next call for another application.
  absl::StatusOr<Application*> application(std::string_view name);

  // Makes those of `shape_names` (each the text of one name) that are missing, in the given order
  // up to the bound. Those beyond it are absent from value_keys afterwards.
  absl::Status make_values(Application& application, std::span<const std::string_view> shape_names);

 private:
  absl::StatusOr<std::int32_t> application_key(const std::string& name);
  absl::Status load_values(Application& application);
  absl::Status insert_values(Application& application,
                             std::span<const std::string_view> shape_names);

  postgres::Connection& connection_;
  const std::size_t max_values_;
  // By name; an application weighs as many as it has values, and one.
  RecentCache<std::string, Application> applications_{2'000'000};
};

}  // namespace millrace::time_series
