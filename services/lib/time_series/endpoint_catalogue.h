// SPDX-License-Identifier: Apache-2.0
//
// The keys of endpoints, made at first sight, and the record of which layouts an endpoint ever
// used. What the catalogue remembers is committed; see series_catalogue.h. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <absl/status/status.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/recent_cache.h"

namespace millrace::time_series {

class EndpointCatalogue {
 public:
  // `capacity`: endpoints remembered, and twice as many of their layouts.
  EndpointCatalogue(postgres::Connection& connection, std::size_t capacity)
      : connection_(connection), endpoints_(capacity), layouts_(2 * capacity) {}

  // Where the key of an endpoint is wanted.
  struct Wanted {
    std::int32_t application_key = 0;
    std::string_view endpoint_id;
    std::int32_t* key = nullptr;
  };
  // Fills in all keys; unknown endpoints are made, in bulk.
  absl::Status fill_keys(const std::vector<Wanted>& wanted);

  struct EndpointLayout {
    std::int32_t endpoint_key = 0;
    std::int32_t layout_key = 0;
    auto operator<=>(const EndpointLayout&) const = default;
  };
  bool is_recorded(const EndpointLayout& pair);
  // Makes is_recorded() true for those of `pairs` that are in the table.
  absl::Status find_recorded(std::vector<EndpointLayout> pairs);
  // Records the pairs for readers; before any frame that has them is committed.
  absl::Status record(std::vector<EndpointLayout> pairs);

 private:
  using OfEachChunk = std::function<absl::Status(std::span<const EndpointLayout> chunk,
                                                 const std::vector<postgres::Param>& columns)>;

  // Of one application.
  using Missing = std::unordered_map<std::string_view, std::vector<std::int32_t*>>;

  std::string_view cache_key(std::int32_t application_key, std::string_view endpoint_id);
  absl::Status make(std::int32_t application_key, Missing& missing);
  static absl::Status in_chunks(std::vector<EndpointLayout> pairs, const OfEachChunk& handle);
  void take_over(std::int32_t application_key, const postgres::Result& rows, Missing& missing);

  postgres::Connection& connection_;
  RecentCache<std::string, std::int32_t> endpoints_;
  RecentCache<std::uint64_t, bool> layouts_;
  std::string key_;
};

}  // namespace millrace::time_series
