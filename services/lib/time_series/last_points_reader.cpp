// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/last_points_reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/time_series/last_points_plan.h"

namespace millrace::time_series {
namespace {

constexpr std::size_t kMaxEndpointsPerPage = 1000;
constexpr std::size_t kMinEndpointsPerPage = 16;
// Series looked up beyond the limit, in case some have no point.
constexpr std::size_t kMinSlack = 100;
constexpr std::size_t kMaxSlack = 1'000'000;
constexpr std::size_t kProbesPerStatement = 1000;
// Of layouts and values, in the lists of a statement's probes.
constexpr std::size_t kKeysPerStatement = 100'000;
// Rows of endpoint_layout in one statement, more or less.
constexpr std::size_t kLinksPerStatement = 50'000;
constexpr std::size_t kLayoutsPerStatement = 1000;
// Keys of layouts that are remembered from page to page.
constexpr std::size_t kRememberedKeys = 2'000'000;

struct Endpoint {
  std::int32_t key = 0;
  std::string id;
};

// How many probes from `start` on go into one statement.
std::size_t fitting(const std::vector<Probe>& probes, std::size_t start) {
  std::size_t keys = 0;
  std::size_t end = start;
  while (end < probes.size() && end - start < kProbesPerStatement) {
    keys += probes[end].layouts.size() + probes[end].value_keys.size();
    if (end > start && keys > kKeysPerStatement) break;
    ++end;
  }
  return end - start;
}

class LastPointsReader {
 public:
  LastPointsReader(postgres::Connection& connection, const LastPointsQuery& query)
      : connection_(connection), query_(query), asked_ids_(query.endpoint_ids) {
    std::sort(asked_ids_.begin(), asked_ids_.end());
    asked_ids_.erase(std::unique(asked_ids_.begin(), asked_ids_.end()), asked_ids_.end());
  }

  absl::StatusOr<std::vector<LastPoint>> read();

 private:
  // Values of one series at the newest instant, by name; the highest seq counts.
  struct Latest {
    std::int64_t seq = 0;
    NamedFrameValue value;
  };
  struct Found {
    time::UnixMicros time;
    std::map<std::string, Latest> values;
  };
  // (endpoint of the page, series name)
  using FoundPoints = std::map<std::pair<std::size_t, std::string>, Found>;

  absl::Status read_wanted();
  absl::Status read_windows();
  absl::Status next_page();
  absl::StatusOr<postgres::Result> asked_endpoints(std::size_t count);
  absl::StatusOr<postgres::Result> following_endpoints(std::size_t count);
  using LayoutsOfEndpoint = std::map<std::int32_t, std::vector<std::int32_t>>;

  absl::StatusOr<std::vector<Probe>> probes_of_page();
  void end_page_behind(std::size_t last);
  absl::StatusOr<LayoutsOfEndpoint> read_links(std::size_t first, std::size_t end);
  absl::Status read_layouts(const std::vector<std::int32_t>& layout_keys);
  absl::Status run_probes(std::vector<Probe> probes);
  absl::Status probe_window(const TimeRange& window, const std::vector<Probe>& probes,
                            std::vector<bool>& resolved);
  absl::StatusOr<postgres::Result> execute_probes(const TimeRange& window, const Probe* probes,
                                                  std::size_t count);
  absl::Status add_row(const postgres::Result& rows, int row, const Probe& probe);
  void move_found_to_answer();

  postgres::Connection& connection_;
  const LastPointsQuery& query_;
  std::vector<std::string> asked_ids_;  // byte order, without repeats
  std::size_t next_asked_ = 0;
  std::string last_id_;  // of the page before; no id is empty
  bool pages_left_ = true;

  WantedValues wanted_;
  WantedByLayout wanted_by_layout_;  // layouts seen lately
  std::size_t remembered_keys_ = 0;  // in it
  std::vector<TimeRange> windows_;   // newest first

  std::vector<Endpoint> page_;
  std::size_t slack_ = kMinSlack;  // of the next page
  FoundPoints found_;
  std::size_t text_bytes_ = 0;
  std::vector<LastPoint> answer_;
};

absl::StatusOr<std::vector<LastPoint>> LastPointsReader::read() {
  MILLRACE_RETURN_IF_ERROR(read_wanted());
  if (wanted_.empty()) return std::vector<LastPoint>{};
  MILLRACE_RETURN_IF_ERROR(read_windows());
  while (pages_left_ && answer_.size() < query_.limit) {
    MILLRACE_RETURN_IF_ERROR(next_page());
    if (page_.empty()) continue;
    MILLRACE_ASSIGN_OR_RETURN(std::vector<Probe> probes, probes_of_page());
    MILLRACE_RETURN_IF_ERROR(run_probes(std::move(probes)));
    move_found_to_answer();
  }
  if (answer_.size() > query_.limit) answer_.resize(query_.limit);
  std::stable_sort(answer_.begin(), answer_.end(), [](const LastPoint& a, const LastPoint& b) {
    return a.endpoint_id < b.endpoint_id;
  });
  return std::move(answer_);
}

absl::Status LastPointsReader::read_wanted() {
  static const std::string kAll =
      "SELECT value_key, series_name, value_name, value_type FROM time_series.series_value"
      " WHERE application_key = $1";
  static const std::string kNamed = kAll + " AND series_name = ANY($2)";
  const postgres::Param application = postgres::to_param(query_.application_key);
  const auto rows =
      query_.series_names.empty()
          ? connection_.execute(kAll, {application})
          : connection_.execute(kNamed, {application, postgres::to_param(query_.series_names)});
  if (!rows.ok()) return explain_failure(rows.status());
  for (int row = 0; row < rows->rows(); ++row) {
    const std::int32_t key = rows->int4(row, 0);
    wanted_.emplace(key, WantedValue{std::string(rows->text(row, 1)),
                                     {std::string(rows->text(row, 2)),
                                      static_cast<ValueType>(rows->int2(row, 3))}});
  }
  return absl::OkStatus();
}

absl::Status LastPointsReader::read_windows() {
  MILLRACE_ASSIGN_OR_RETURN(const Partitions partitions, read_partitions(connection_));
  const TimeRange range{kEarliestTime, query_.before.value_or(kLatestTime)};
  windows_ = split_into_windows(partitions, range, query_.partitions_per_window);
  std::reverse(windows_.begin(), windows_.end());
  return absl::OkStatus();
}

absl::Status LastPointsReader::next_page() {
  const std::size_t count =
      std::clamp(query_.limit - answer_.size(), kMinEndpointsPerPage, kMaxEndpointsPerPage);
  const auto rows = asked_ids_.empty() ? following_endpoints(count) : asked_endpoints(count);
  if (!rows.ok()) return explain_failure(rows.status());
  page_.clear();
  for (int row = 0; row < rows->rows(); ++row) {
    page_.push_back({rows->int4(row, 0), std::string(rows->text(row, 1))});
  }
  if (asked_ids_.empty()) {
    pages_left_ = page_.size() == count;
    if (pages_left_) last_id_ = page_.back().id;
  } else {
    pages_left_ = next_asked_ < asked_ids_.size();
    std::sort(page_.begin(), page_.end(),
              [](const Endpoint& a, const Endpoint& b) { return a.id < b.id; });
  }
  return absl::OkStatus();
}

absl::StatusOr<postgres::Result> LastPointsReader::asked_endpoints(std::size_t count) {
  static const std::string kSql =
      "SELECT endpoint_key, endpoint_id FROM time_series.endpoint"
      " WHERE application_key = $1 AND endpoint_id = ANY($2)";
  const std::size_t end = std::min(next_asked_ + count, asked_ids_.size());
  const std::vector<std::string> ids(asked_ids_.begin() + static_cast<std::ptrdiff_t>(next_asked_),
                                     asked_ids_.begin() + static_cast<std::ptrdiff_t>(end));
  next_asked_ = end;
  return connection_.execute(kSql,
                             {postgres::to_param(query_.application_key), postgres::to_param(ids)});
}

absl::StatusOr<postgres::Result> LastPointsReader::following_endpoints(std::size_t count) {
  // In the database's collation, which is the index's.
  static const std::string kSql =
      "SELECT endpoint_key, endpoint_id FROM time_series.endpoint"
      " WHERE application_key = $1 AND endpoint_id > $2 ORDER BY endpoint_id LIMIT $3";
  return connection_.execute(
      kSql, {postgres::to_param(query_.application_key), postgres::to_param(last_id_),
             postgres::to_param(static_cast<std::int64_t>(count))});
}

absl::StatusOr<std::vector<Probe>> LastPointsReader::probes_of_page() {
  // Some of what is planned may have no point: then another page follows, a larger one.
  const std::size_t enough = query_.limit - answer_.size() + slack_;
  slack_ = std::min(2 * slack_, kMaxSlack);
  std::size_t planned = 0;
  std::vector<Probe> probes;
  std::size_t count = kMinEndpointsPerPage;
  for (std::size_t first = 0; first < page_.size();) {
    const std::size_t end = std::min(first + count, page_.size());
    MILLRACE_ASSIGN_OR_RETURN(const LayoutsOfEndpoint layouts, read_links(first, end));
    std::size_t links = 0;
    for (; first < std::min(end, page_.size()); ++first) {
      const auto found = layouts.find(page_[first].key);
      if (found == layouts.end()) continue;
      links += found->second.size();
      for (Probe& probe : plan_probes(first, found->second, wanted_by_layout_, wanted_)) {
        planned += probe.series_names.size();
        probes.push_back(std::move(probe));
      }
      if (planned >= enough) end_page_behind(first);
    }
    // Endpoints of one application are much alike: as many as the last ones let expect to fit.
    count = std::clamp(kLinksPerStatement * count / std::max<std::size_t>(links, 1),
                       kMinEndpointsPerPage, kMaxEndpointsPerPage);
  }
  return probes;
}

// The following ones are left to the next page.
void LastPointsReader::end_page_behind(std::size_t last) {
  if (last + 1 == page_.size()) return;
  page_.resize(last + 1);
  pages_left_ = true;
  if (asked_ids_.empty()) {
    last_id_ = page_.back().id;
  } else {
    const auto next = std::upper_bound(asked_ids_.begin(), asked_ids_.end(), page_.back().id);
    next_asked_ = static_cast<std::size_t>(next - asked_ids_.begin());
  }
}

// The layouts of some endpoints of the page.
absl::StatusOr<LastPointsReader::LayoutsOfEndpoint> LastPointsReader::read_links(std::size_t first,
                                                                                 std::size_t end) {
  static const std::string kSql =
      "SELECT endpoint_key, layout_key FROM time_series.endpoint_layout"
      " WHERE endpoint_key = ANY($1) ORDER BY endpoint_key, layout_key";
  std::vector<std::int32_t> endpoint_keys;
  for (std::size_t i = first; i < end; ++i) endpoint_keys.push_back(page_[i].key);
  const auto rows = connection_.execute(kSql, {postgres::to_param(endpoint_keys)});
  if (!rows.ok()) return explain_failure(rows.status());

  if (remembered_keys_ > kRememberedKeys) {
    wanted_by_layout_.clear();
    remembered_keys_ = 0;
  }
  LayoutsOfEndpoint layouts;
  std::vector<std::int32_t> unknown;
  for (int row = 0; row < rows->rows(); ++row) {
    const std::int32_t layout_key = rows->int4(row, 1);
    layouts[rows->int4(row, 0)].push_back(layout_key);
    if (wanted_by_layout_.try_emplace(layout_key).second) unknown.push_back(layout_key);
  }
  for (std::size_t at = 0; at < unknown.size(); at += kLayoutsPerStatement) {
    const auto begin = unknown.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(kLayoutsPerStatement, unknown.size() - at);
    MILLRACE_RETURN_IF_ERROR(read_layouts({begin, begin + static_cast<std::ptrdiff_t>(count)}));
  }
  return layouts;
}

absl::Status LastPointsReader::read_layouts(const std::vector<std::int32_t>& layout_keys) {
  static const std::string kSql =
      "SELECT layout_key, number_keys || text_keys FROM time_series.layout"
      " WHERE layout_key = ANY($1)";
  const auto rows = connection_.execute(kSql, {postgres::to_param(layout_keys)});
  if (!rows.ok()) return explain_failure(rows.status());
  for (int row = 0; row < rows->rows(); ++row) {
    auto& wanted = wanted_by_layout_[rows->int4(row, 0)];
    for (const std::int32_t value_key : rows->int4_array(row, 1)) {
      if (wanted_.contains(value_key)) wanted.push_back(value_key);
    }
    remembered_keys_ += 1 + wanted.size();
  }
  return absl::OkStatus();
}

absl::Status LastPointsReader::run_probes(std::vector<Probe> probes) {
  for (const TimeRange& window : windows_) {
    if (probes.empty()) break;
    std::vector<bool> resolved(probes.size(), false);
    MILLRACE_RETURN_IF_ERROR(probe_window(window, probes, resolved));
    std::vector<Probe> left;
    for (std::size_t i = 0; i < probes.size(); ++i) {
      if (!resolved[i]) left.push_back(std::move(probes[i]));
    }
    probes = std::move(left);
  }
  return absl::OkStatus();
}

absl::Status LastPointsReader::probe_window(const TimeRange& window,
                                            const std::vector<Probe>& probes,
                                            std::vector<bool>& resolved) {
  std::size_t count = 0;
  for (std::size_t start = 0; start < probes.size(); start += count) {
    count = fitting(probes, start);
    const auto rows = execute_probes(window, &probes[start], count);
    if (!rows.ok()) return explain_failure(rows.status());
    for (int row = 0; row < rows->rows(); ++row) {
      const std::size_t index = start + static_cast<std::size_t>(rows->int8(row, 0)) - 1;
      resolved[index] = true;
      MILLRACE_RETURN_IF_ERROR(add_row(*rows, row, probes[index]));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<postgres::Result> LastPointsReader::execute_probes(const TimeRange& window,
                                                                  const Probe* probes,
                                                                  std::size_t count) {
  // OFFSET 0 keeps a layout's arrays from being read out of its row anew for each key. The probes'
  // lists of layouts travel end to end in $4, those of keys in $7; first and last cut a probe's
  // list out.
  static const std::string kSql =
      "SELECT p.ordinal, f.time, f.seq, k.key, f.numbers[slot.number], f.texts[slot.text]"
      " FROM unnest($1, $2, $3, $8, $9) WITH ORDINALITY"
      "   AS p(endpoint_key, first, last, first_key, last_key, ordinal)"
      " CROSS JOIN LATERAL ("
      "   SELECT f.time, f.seq, f.layout_key, f.numbers, f.texts FROM time_series.frame f"
      "   WHERE f.endpoint_key = p.endpoint_key AND f.layout_key = ANY(($4)[p.first:p.last])"
      "     AND f.time >= $5 AND f.time < $6"
      "   ORDER BY f.time DESC FETCH FIRST ROW WITH TIES) AS f"
      " CROSS JOIN LATERAL (SELECT l.number_keys || '{}'::int[] AS number_keys,"
      "   l.text_keys || '{}'::int[] AS text_keys FROM time_series.layout l"
      "   WHERE l.layout_key = f.layout_key OFFSET 0) AS l"
      " CROSS JOIN LATERAL unnest(($7)[p.first_key:p.last_key]) AS k(key)"
      " CROSS JOIN LATERAL (SELECT array_position(l.number_keys, k.key) AS number,"
      "   array_position(l.text_keys, k.key) AS text) AS slot"
      " WHERE coalesce(slot.number, slot.text) IS NOT NULL";
  std::vector<std::int32_t> endpoints;
  std::vector<std::int32_t> firsts;
  std::vector<std::int32_t> lasts;
  std::vector<std::int32_t> layouts;
  std::vector<std::int32_t> first_keys;
  std::vector<std::int32_t> last_keys;
  std::vector<std::int32_t> keys;
  for (std::size_t i = 0; i < count; ++i) {
    endpoints.push_back(page_[probes[i].endpoint].key);
    firsts.push_back(static_cast<std::int32_t>(layouts.size()) + 1);
    layouts.insert(layouts.end(), probes[i].layouts.begin(), probes[i].layouts.end());
    lasts.push_back(static_cast<std::int32_t>(layouts.size()));
    first_keys.push_back(static_cast<std::int32_t>(keys.size()) + 1);
    keys.insert(keys.end(), probes[i].value_keys.begin(), probes[i].value_keys.end());
    last_keys.push_back(static_cast<std::int32_t>(keys.size()));
  }
  return connection_.execute(
      kSql,
      {postgres::to_param(endpoints), postgres::to_param(firsts), postgres::to_param(lasts),
       postgres::to_param(layouts), postgres::to_param(window.from), postgres::to_param(window.to),
       postgres::to_param(keys), postgres::to_param(first_keys), postgres::to_param(last_keys)});
}

absl::Status LastPointsReader::add_row(const postgres::Result& rows, int row, const Probe& probe) {
  const WantedValue& wanted = wanted_.at(rows.int4(row, 3));
  Found& found = found_[{probe.endpoint, wanted.series_name}];
  found.time = rows.timestamp(row, 1);
  const std::int64_t seq = rows.int8(row, 2);
  const auto [latest, first] = found.values.try_emplace(wanted.value.name);
  if (!first && seq <= latest->second.seq) return absl::OkStatus();
  FrameValue value;
  const bool is_text = wanted.value.type == ValueType::kString;
  value.null = rows.is_null(row, is_text ? 5 : 4);
  if (!value.null && is_text) value.text = rows.text(row, 5);
  if (!value.null && !is_text) value.number = rows.float8(row, 4);
  text_bytes_ += value.text.size();
  if (text_bytes_ > query_.max_text_bytes) {
    return absl::ResourceExhaustedError(
        fmt::format("cannot give all last points in one answer: their strings have more than {} "
                    "bytes; ask for fewer endpoints or series, or a lower limit",
                    query_.max_text_bytes));
  }
  latest->second = {seq, {wanted.value, std::move(value)}};
  return absl::OkStatus();
}

void LastPointsReader::move_found_to_answer() {
  for (auto& [place, found] : found_) {
    LastPoint point{page_[place.first].id, place.second, found.time, {}};
    for (auto& [name, latest] : found.values) point.values.push_back(std::move(latest.value));
    answer_.push_back(std::move(point));
  }
  found_.clear();
}

}  // namespace

absl::StatusOr<std::vector<LastPoint>> read_last_points(postgres::Connection& connection,
                                                        const LastPointsQuery& query) {
  return LastPointsReader(connection, query).read();
}

}  // namespace millrace::time_series
