// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/extent_reader.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/time_series/point_estimate.h"

namespace millrace::time_series {
namespace {

constexpr std::size_t kEndpointsPerSlice = 100;
constexpr std::size_t kProbesPerStatement = 1000;
// Of up to 1000 series each.
constexpr std::size_t kLayoutsPerStatement = 100;

// A layout that an endpoint ever used.
struct Link {
  std::int32_t endpoint_key = 0;
  std::int32_t layout_key = 0;
  std::optional<time::UnixMicros> first;
  std::optional<time::UnixMicros> last;
};

enum class End { kFirst, kLast };

class ExtentReader {
 public:
  ExtentReader(postgres::Connection& connection, const ExtentQuery& query)
      : connection_(connection), query_(query) {}

  absl::StatusOr<std::vector<SeriesExtent>> read();

 private:
  absl::Status read_statistics();
  absl::Status read_windows();
  absl::StatusOr<std::vector<Link>> read_links(std::span<const std::string> endpoint_ids);
  absl::Status find_ends(std::vector<Link>& links, End end);
  absl::Status probe(std::span<Link*> links, const TimeRange& window, End end);
  void add_estimates(const std::vector<Link>& links);
  absl::Status name_series(std::span<const std::int32_t> layout_keys,
                           std::map<std::string, SeriesExtent>& found);

  postgres::Connection& connection_;
  const ExtentQuery& query_;
  std::vector<PartitionStatistics> partitions_;
  double known_endpoints_ = 1;
  std::vector<TimeRange> windows_;                // in order of time
  std::map<std::int32_t, LayoutExtent> layouts_;  // of all endpoints together
};

absl::StatusOr<std::vector<SeriesExtent>> ExtentReader::read() {
  MILLRACE_RETURN_IF_ERROR(read_windows());
  MILLRACE_RETURN_IF_ERROR(read_statistics());
  for (std::size_t at = 0; at < query_.endpoint_ids.size(); at += kEndpointsPerSlice) {
    const std::span<const std::string> ids(query_.endpoint_ids);
    MILLRACE_ASSIGN_OR_RETURN(
        std::vector<Link> links,
        read_links(ids.subspan(at, std::min(kEndpointsPerSlice, ids.size() - at))));
    MILLRACE_RETURN_IF_ERROR(find_ends(links, End::kFirst));
    std::erase_if(links, [](const Link& link) { return !link.first; });
    MILLRACE_RETURN_IF_ERROR(find_ends(links, End::kLast));
    // Retention may have taken the last frame meanwhile.
    std::erase_if(links, [](const Link& link) { return !link.last; });
    add_estimates(links);
  }
  std::vector<std::int32_t> keys;
  for (const auto& [key, layout] : layouts_) keys.push_back(key);
  std::map<std::string, SeriesExtent> found;
  for (std::size_t at = 0; at < keys.size(); at += kLayoutsPerStatement) {
    const std::span<const std::int32_t> all(keys);
    MILLRACE_RETURN_IF_ERROR(
        name_series(all.subspan(at, std::min(kLayoutsPerStatement, all.size() - at)), found));
  }
  std::vector<SeriesExtent> extents;
  for (auto& [name, extent] : found) extents.push_back(std::move(extent));
  return extents;
}

absl::Status ExtentReader::read_windows() {
  MILLRACE_ASSIGN_OR_RETURN(const Partitions partitions, read_partitions(connection_));
  windows_ =
      split_into_windows(partitions, {kEarliestTime, kLatestTime}, query_.partitions_per_window);
  return absl::OkStatus();
}

absl::Status ExtentReader::read_statistics() {
  static const std::string kEndpoints =
      "SELECT greatest(reltuples, 1)::float8 FROM pg_class"
      " WHERE oid = 'time_series.endpoint'::regclass";
  // n_distinct below 0 is a share of the rows. Values of a table that this role may not read are
  // not in pg_stats.
  static const std::string kPartitions =
      std::string(
          "SELECT p.range_from, p.range_to, c.reltuples::float8, c.relpages::float8,"
          " (pg_relation_size(c.oid) / current_setting('block_size')::int8)::float8,"
          " coalesce(CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(c.reltuples, 0)"
          "   ELSE s.n_distinct END, 0)::float8,"
          " coalesce(s.most_common_vals::text::int4[], '{}'),"
          " coalesce(s.most_common_freqs::float8[], '{}')"
          " FROM ") +
      kPartitionRanges +
      " AS p JOIN pg_class c ON c.oid = p.oid LEFT JOIN pg_stats s"
      "   ON s.schemaname = 'time_series' AND s.tablename = c.relname"
      "   AND s.attname = 'endpoint_key'"
      " WHERE p.range_from IS NOT NULL AND p.range_to IS NOT NULL";
  const auto endpoints = connection_.execute(kEndpoints);
  if (!endpoints.ok()) return explain_failure(endpoints.status());
  if (endpoints->rows() > 0) known_endpoints_ = endpoints->float8(0, 0);
  const auto rows = connection_.execute(kPartitions);
  if (!rows.ok()) return explain_failure(rows.status());
  for (int row = 0; row < rows->rows(); ++row) {
    const double frames =
        frames_in({rows->float8(row, 2), rows->float8(row, 3), rows->float8(row, 4)});
    const std::vector<std::int32_t> keys = rows->int4_array(row, 6);
    const std::vector<double> shares = rows->float8_array(row, 7);
    std::vector<std::pair<std::int32_t, double>> common;
    for (std::size_t i = 0; i < std::min(keys.size(), shares.size()); ++i) {
      common.emplace_back(keys[i], shares[i]);
    }
    std::sort(common.begin(), common.end());
    PartitionStatistics partition{
        {rows->timestamp(row, 0), rows->timestamp(row, 1)}, frames, rows->float8(row, 5), {}, {}};
    for (const auto& [key, share] : common) {
      partition.common_endpoints.push_back(key);
      partition.common_shares.push_back(share);
    }
    partitions_.push_back(std::move(partition));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Link>> ExtentReader::read_links(
    std::span<const std::string> endpoint_ids) {
  static const std::string kSql =
      "SELECT x.endpoint_key, x.layout_key FROM time_series.endpoint e"
      " JOIN time_series.endpoint_layout x USING (endpoint_key)"
      " WHERE e.application_key = $1 AND e.endpoint_id = ANY($2)"
      " ORDER BY x.endpoint_key, x.layout_key";
  const std::vector<std::string> ids(endpoint_ids.begin(), endpoint_ids.end());
  const auto rows = connection_.execute(
      kSql, {postgres::to_param(query_.application_key), postgres::to_param(ids)});
  if (!rows.ok()) return explain_failure(rows.status());
  std::vector<Link> links;
  for (int row = 0; row < rows->rows(); ++row) {
    links.push_back({rows->int4(row, 0), rows->int4(row, 1), std::nullopt, std::nullopt});
  }
  return links;
}

// From the end of time that is looked for inwards, window by window, for those not found yet.
absl::Status ExtentReader::find_ends(std::vector<Link>& links, End end) {
  std::vector<Link*> left;
  for (Link& link : links) left.push_back(&link);
  for (std::size_t i = 0; i < windows_.size() && !left.empty(); ++i) {
    const TimeRange& window = windows_[end == End::kFirst ? i : windows_.size() - 1 - i];
    for (std::size_t at = 0; at < left.size(); at += kProbesPerStatement) {
      const std::span<Link*> all(left);
      MILLRACE_RETURN_IF_ERROR(
          probe(all.subspan(at, std::min(kProbesPerStatement, all.size() - at)), window, end));
    }
    std::erase_if(left, [end](const Link* link) {
      return end == End::kFirst ? link->first.has_value() : link->last.has_value();
    });
  }
  return absl::OkStatus();
}

absl::Status ExtentReader::probe(std::span<Link*> links, const TimeRange& window, End end) {
  static const auto sql_of = [](const char* order) {
    return fmt::format(
        "SELECT p.ordinal, f.time"
        " FROM unnest($1::int4[], $2::int4[]) WITH ORDINALITY"
        "   AS p(endpoint_key, layout_key, ordinal)"
        " CROSS JOIN LATERAL (SELECT f.time FROM time_series.frame f"
        "   WHERE f.endpoint_key = p.endpoint_key AND f.layout_key = p.layout_key"
        "     AND f.time >= $3 AND f.time < $4 ORDER BY f.time {} LIMIT 1) AS f",
        order);
  };
  static const std::string kFirst = sql_of("ASC");
  static const std::string kLast = sql_of("DESC");
  std::vector<std::int32_t> endpoints;
  std::vector<std::int32_t> layouts;
  for (const Link* link : links) {
    endpoints.push_back(link->endpoint_key);
    layouts.push_back(link->layout_key);
  }
  const auto rows =
      connection_.execute(end == End::kFirst ? kFirst : kLast,
                          {postgres::to_param(endpoints), postgres::to_param(layouts),
                           postgres::to_param(window.from), postgres::to_param(window.to)});
  if (!rows.ok()) return explain_failure(rows.status());
  for (int row = 0; row < rows->rows(); ++row) {
    Link& link = *links[static_cast<std::size_t>(rows->int8(row, 0)) - 1];
    (end == End::kFirst ? link.first : link.last) = rows->timestamp(row, 1);
  }
  return absl::OkStatus();
}

void ExtentReader::add_estimates(const std::vector<Link>& links) {
  for (std::size_t at = 0; at < links.size();) {
    const std::int32_t endpoint_key = links[at].endpoint_key;
    std::vector<LayoutExtent> of_endpoint;
    for (; at < links.size() && links[at].endpoint_key == endpoint_key; ++at) {
      of_endpoint.push_back({links[at].layout_key, *links[at].first, *links[at].last, 0});
    }
    estimate_frames(partitions_, endpoint_key, known_endpoints_, of_endpoint);
    for (const LayoutExtent& layout : of_endpoint) {
      const auto [known, is_new] = layouts_.try_emplace(layout.layout_key, layout);
      if (is_new) continue;
      known->second.first = std::min(known->second.first, layout.first);
      known->second.last = std::max(known->second.last, layout.last);
      known->second.frames += layout.frames;
    }
  }
}

absl::Status ExtentReader::name_series(std::span<const std::int32_t> layout_keys,
                                       std::map<std::string, SeriesExtent>& found) {
  static const std::string kSql =
      "SELECT DISTINCT l.layout_key, v.series_name FROM time_series.layout l"
      " CROSS JOIN LATERAL unnest(l.number_keys || l.text_keys) AS k(key)"
      " JOIN time_series.series_value v ON v.value_key = k.key"
      " WHERE l.layout_key = ANY($1)";
  const std::vector<std::int32_t> keys(layout_keys.begin(), layout_keys.end());
  const auto rows = connection_.execute(kSql, {postgres::to_param(keys)});
  if (!rows.ok()) return explain_failure(rows.status());
  for (int row = 0; row < rows->rows(); ++row) {
    const LayoutExtent& layout = layouts_.at(rows->int4(row, 0));
    const std::string name(rows->text(row, 1));
    const auto points = static_cast<std::int64_t>(std::llround(layout.frames));
    const auto [known, is_new] =
        found.try_emplace(name, SeriesExtent{name, layout.first, layout.last, points});
    if (is_new) continue;
    known->second.first = std::min(known->second.first, layout.first);
    known->second.last = std::max(known->second.last, layout.last);
    known->second.estimated_points += points;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<SeriesExtent>> read_extents(postgres::Connection& connection,
                                                       const ExtentQuery& query) {
  return ExtentReader(connection, query).read();
}

}  // namespace millrace::time_series
