// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/endpoint_catalogue.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

// Endpoints or pairs in one statement.
constexpr std::size_t kChunk = 10'000;

std::uint64_t packed(const EndpointCatalogue::EndpointLayout& pair) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(pair.endpoint_key)) << 32 |
         static_cast<std::uint32_t>(pair.layout_key);
}

// In one order for all replicas: two of them that make the same rows then never wait for each
// other crosswise.
template <class Map>
std::vector<std::string> sorted_names(const Map& missing) {
  std::vector<std::string> names;
  names.reserve(missing.size());
  for (const auto& [name, keys] : missing) names.emplace_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string_view EndpointCatalogue::cache_key(std::int32_t application_key,
                                              std::string_view endpoint_id) {
  key_.assign(reinterpret_cast<const char*>(&application_key), sizeof application_key);
  key_ += endpoint_id;
  return key_;
}

absl::Status EndpointCatalogue::fill_keys(const std::vector<Wanted>& wanted) {
  std::map<std::int32_t, Missing> missing;
  for (const Wanted& one : wanted) {
    if (const auto* known = endpoints_.find(cache_key(one.application_key, one.endpoint_id))) {
      *one.key = *known;
    } else {
      missing[one.application_key][one.endpoint_id].push_back(one.key);
    }
  }
  for (auto& [application_key, endpoints] : missing) {
    MILLRACE_RETURN_IF_ERROR(make(application_key, endpoints));
  }
  return absl::OkStatus();
}

// Read first: an INSERT that meets an existing row would use up a number of the identity column.
// Read again: another replica may have made some in between.
absl::Status EndpointCatalogue::make(std::int32_t application_key, Missing& missing) {
  static const std::string kSelect =
      "SELECT endpoint_id, endpoint_key FROM time_series.endpoint"
      " WHERE application_key = $1 AND endpoint_id = ANY($2)";
  static const std::string kInsert =
      "INSERT INTO time_series.endpoint (application_key, endpoint_id)"
      " SELECT $1, unnest($2::text[]) ON CONFLICT (application_key, endpoint_id) DO NOTHING"
      " RETURNING endpoint_id, endpoint_key";
  for (const std::string& sql : {kSelect, kInsert, kSelect}) {
    const std::vector<std::string> names = sorted_names(missing);
    for (std::size_t first = 0; first < names.size(); first += kChunk) {
      const auto begin = names.begin() + static_cast<std::ptrdiff_t>(first);
      const auto count = static_cast<std::ptrdiff_t>(std::min(kChunk, names.size() - first));
      MILLRACE_ASSIGN_OR_RETURN(
          const auto rows,
          connection_.execute(
              sql, {postgres::to_param(application_key),
                    postgres::to_param(std::vector<std::string>(begin, begin + count))}));
      take_over(application_key, rows, missing);
    }
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InternalError(fmt::format("cannot find endpoint \"{}\" right after making it",
                                         sorted_names(missing).front()));
}

void EndpointCatalogue::take_over(std::int32_t application_key, const postgres::Result& rows,
                                  Missing& missing) {
  for (int row = 0; row < rows.rows(); ++row) {
    const auto found = missing.find(rows.text(row, 0));
    if (found == missing.end()) continue;
    const std::int32_t key = rows.int4(row, 1);
    for (std::int32_t* wanted : found->second) *wanted = key;
    endpoints_.insert(std::string(cache_key(application_key, found->first)), key);
    missing.erase(found);
  }
}

bool EndpointCatalogue::is_recorded(const EndpointLayout& pair) {
  return layouts_.find(packed(pair)) != nullptr;
}

// In order, for all replicas the same.
absl::Status EndpointCatalogue::in_chunks(std::vector<EndpointLayout> pairs,
                                          const OfEachChunk& handle) {
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  for (std::size_t first = 0; first < pairs.size(); first += kChunk) {
    const auto chunk = std::span(pairs).subspan(first, std::min(kChunk, pairs.size() - first));
    std::vector<std::int32_t> endpoints;
    std::vector<std::int32_t> layouts;
    for (const EndpointLayout& pair : chunk) {
      endpoints.push_back(pair.endpoint_key);
      layouts.push_back(pair.layout_key);
    }
    MILLRACE_RETURN_IF_ERROR(
        handle(chunk, {postgres::to_param(endpoints), postgres::to_param(layouts)}));
  }
  return absl::OkStatus();
}

absl::Status EndpointCatalogue::find_recorded(std::vector<EndpointLayout> pairs) {
  static const std::string kSql =
      "SELECT endpoint_key, layout_key FROM unnest($1::int[], $2::int[])"
      " AS pair (endpoint_key, layout_key)"
      " JOIN time_series.endpoint_layout USING (endpoint_key, layout_key)";
  return in_chunks(std::move(pairs), [this](std::span<const EndpointLayout>,
                                            const std::vector<postgres::Param>& columns) {
    const auto found = connection_.execute(kSql, columns);
    if (!found.ok()) return found.status();
    for (int row = 0; row < found->rows(); ++row) {
      layouts_.insert(packed({found->int4(row, 0), found->int4(row, 1)}), true);
    }
    return absl::OkStatus();
  });
}

absl::Status EndpointCatalogue::record(std::vector<EndpointLayout> pairs) {
  static const std::string kSql =
      "INSERT INTO time_series.endpoint_layout (endpoint_key, layout_key)"
      " SELECT e, l FROM unnest($1::int[], $2::int[]) AS pair (e, l)"
      " ON CONFLICT (endpoint_key, layout_key) DO NOTHING";
  return in_chunks(std::move(pairs), [this](std::span<const EndpointLayout> chunk,
                                            const std::vector<postgres::Param>& columns) {
    MILLRACE_RETURN_IF_ERROR(connection_.execute(kSql, columns).status());
    for (const EndpointLayout& pair : chunk) layouts_.insert(packed(pair), true);
    return absl::OkStatus();
  });
}

}  // namespace millrace::time_series
