// SPDX-License-Identifier: Apache-2.0
//
// For the tests of the readers: frames written to the database and to a model in memory. Random
// frames are of overlapping layouts, on few instants (so that layouts meet on them), in several
// partitions.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/time_series/itest_database.h"
#include "lib/time_series/range_reader.h"
#include "lib/time_series/reader.h"

namespace millrace::time_series {

// Null, or a number (booleans as 0 and 1), or a string.
using Value = std::variant<std::monostate, double, std::string>;

struct ModelValue {
  std::int64_t seq = 0;
  ValueType type = ValueType::kNumber;
  Value value;
};

// value name → value
using ModelPoint = std::map<std::string, ModelValue>;

// What a point looks like from outside: its instant, and the values that are not null.
struct SeenPoint {
  std::string endpoint_id;
  std::string series_name;
  std::int64_t time_us = 0;
  std::vector<std::pair<std::string, Value>> values;
  bool operator==(const SeenPoint&) const = default;
};

inline void PrintTo(const SeenPoint& point, std::ostream* out) {
  *out << point.endpoint_id << ' ' << point.series_name << ' ' << point.time_us;
  for (const auto& [name, value] : point.values) {
    *out << ' ' << name << '=';
    if (const auto* number = std::get_if<double>(&value)) *out << *number;
    if (const auto* text = std::get_if<std::string>(&value)) *out << '"' << *text << '"';
  }
}

struct ValueKey {
  std::int32_t key = 0;
  std::string series_name;
  ValueDescription value;
};

struct ModelLayout {
  std::int32_t key = 0;
  std::vector<ValueKey> numbers;  // and booleans
  std::vector<ValueKey> texts;
};

inline std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

// 2026-11-01T00:00:00Z; partitions of a day around it.
constexpr std::int64_t kStart = 1'793'491'200'000'000;
constexpr std::int64_t kDay = 86'400'000'000;
constexpr int kDays = 5;

class ReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = itest_connect();
    ASSERT_TRUE(prepare_session(*connection_).ok());
    make_partitions();
  }

  void script(const std::string& sql) {
    const absl::Status status = connection_->execute_script(sql);
    ASSERT_TRUE(status.ok()) << status << " in " << sql;
  }

  std::int32_t key_of(const std::string& sql) {
    const auto result = connection_->execute(sql);
    EXPECT_TRUE(result.ok()) << result.status() << " in " << sql;
    return result->int4(0, 0);
  }

  void make_partitions() {
    for (int day = 0; day < kDays; ++day) {
      script(fmt::format(
          "CREATE TABLE IF NOT EXISTS time_series.itest_{0} PARTITION OF"
          " time_series.frame FOR VALUES FROM (to_timestamp({1})) TO"
          " (to_timestamp({2}))",
          day, (kStart + day * kDay) / 1'000'000, (kStart + (day + 1) * kDay) / 1'000'000));
    }
  }

  void make_application(const std::string& name) {
    application_ =
        key_of(fmt::format("INSERT INTO time_series.application (name) VALUES ('{}') RETURNING"
                           " application_key",
                           name));
  }

  std::int32_t make_endpoint(const std::string& id) {
    const std::int32_t key =
        key_of(fmt::format("INSERT INTO time_series.endpoint (application_key, endpoint_id) VALUES"
                           " ({}, '{}') RETURNING endpoint_key",
                           application_, id));
    endpoints_.emplace(id, key);
    return key;
  }

  void make_value(const std::string& series, const std::string& name, ValueType type) {
    const std::int32_t key = key_of(fmt::format(
        "INSERT INTO time_series.series_value (application_key, series_name, value_name,"
        " value_type) VALUES ({}, '{}', '{}', {}) RETURNING value_key",
        application_, series, name, static_cast<int>(type)));
    values_.push_back({key, series, {name, type}});
  }

  // `members`: indices into values_, ascending.
  void make_layout(const std::vector<std::size_t>& members) {
    ModelLayout layout;
    std::string numbers;
    std::string texts;
    for (const std::size_t member : members) {
      const ValueKey& value = values_[member];
      const bool is_text = value.value.type == ValueType::kString;
      (is_text ? layout.texts : layout.numbers).push_back(value);
      std::string& list = is_text ? texts : numbers;
      list += (list.empty() ? "" : ",") + std::to_string(value.key);
    }
    layout.key = key_of(
        fmt::format("INSERT INTO time_series.layout (application_key, number_keys, text_keys,"
                    " digest) VALUES ({0}, '{{{1}}}', '{{{2}}}', sha256('{1}|{2}')) RETURNING"
                    " layout_key",
                    application_, numbers, texts));
    layouts_.push_back(layout);
  }

  struct Place {
    std::string endpoint_id;
    std::int64_t time_us = 0;
    std::int64_t seq = 0;
  };

  // One value for each slot, numbers first.
  void add_frame(const Place& place, const ModelLayout& layout, const std::vector<Value>& values) {
    std::string numbers;
    std::string texts;
    std::size_t next = 0;
    for (std::size_t i = 0; i < layout.numbers.size(); ++i, ++next) {
      const auto* number = std::get_if<double>(&values[next]);
      numbers += (i == 0 ? "" : ",") + (number ? fmt::format("{}", *number) : "NULL");
      note(place, layout.numbers[i], values[next]);
    }
    for (std::size_t i = 0; i < layout.texts.size(); ++i, ++next) {
      const auto* text = std::get_if<std::string>(&values[next]);
      texts += (i == 0 ? "" : ",") + (text ? quoted(*text) : "NULL");
      note(place, layout.texts[i], values[next]);
    }
    const std::int32_t endpoint = endpoints_.at(place.endpoint_id);
    frames_ += fmt::format(
        "INSERT INTO time_series.endpoint_layout VALUES ({0}, {1}) ON CONFLICT DO NOTHING;"
        "INSERT INTO time_series.frame VALUES ({0}, {1}, to_timestamp({2}) + interval '{3} us',"
        " {4}, {5}, {6});",
        endpoint, layout.key, place.time_us / 1'000'000, place.time_us % 1'000'000, place.seq,
        layout.numbers.empty() ? "NULL" : "'{" + numbers + "}'",
        layout.texts.empty() ? "NULL" : "'{" + texts + "}'");
  }

  void note(const Place& place, const ValueKey& key, const Value& value) {
    ModelPoint& point = model_[{place.endpoint_id, key.series_name}][place.time_us];
    ModelValue& latest = point[key.value.name];
    if (place.seq >= latest.seq) latest = {place.seq, key.value.type, value};
  }

  void write_frames() {
    script(frames_);
    frames_.clear();
  }

  // A set of series that tries everything: single values, many values, a string, a boolean, a value
  // whose type was changed, one frame per value.
  void make_random_frames(std::mt19937& random) {
    for (const char* id : {"ep-1", "ep-2", "ep-3"}) make_endpoint(id);
    for (const char* name : {"auto~a", "auto~b", "auto~B"}) {
      make_value(name, "value", ValueType::kNumber);
    }
    make_value("place", "lat", ValueType::kNumber);
    make_value("place", "lon", ValueType::kNumber);
    make_value("place", "name", ValueType::kString);
    make_value("place", "fix", ValueType::kBoolean);
    make_value("changed", "value", ValueType::kNumber);
    make_value("changed", "value", ValueType::kString);
    // Read together: by ep-3 from one layout, by the others from two.
    for (const char* name : {"together~x", "together~y", "together~z"}) {
      make_value(name, "value", ValueType::kNumber);
    }
    make_layout({9, 10, 11});
    make_layout({0});
    make_layout({3});
    make_layout({5});
    make_layout({8});
    make_layout({0, 1, 2, 3, 4, 5, 6});
    make_layout({7});
    make_layout({1, 2, 7});
    make_layout({4, 6, 8});
    make_layout({0, 9, 10, 11});
    std::set<std::tuple<std::string, std::int64_t, std::int32_t>> taken;
    for (int i = 0; i < 900; ++i) {
      const std::string id = i % 3 == 0 ? "ep-1" : i % 3 == 1 ? "ep-2" : "ep-3";
      const ModelLayout& layout = layouts_[random() % layouts_.size()];
      const std::int64_t time = random_instant(random);
      // ep-3 never uses the last layouts.
      if (id == "ep-3" && layout.key > layouts_[5].key) continue;
      if (!taken.insert({id, time, layout.key}).second) continue;
      // Every seq once, in no order: 9973 is a prime.
      const std::int64_t seq = std::int64_t{i} * 7919 % 9973 + 1;
      add_frame({id, time, seq}, layout, random_values(random, layout));
    }
    write_frames();
  }

  // On one of 60 instants, at partition borders and next to each other too.
  static std::int64_t random_instant(std::mt19937& random) {
    const auto day = static_cast<std::int64_t>(random() % kDays);
    const auto slot = static_cast<std::int64_t>(random() % 12);
    const std::int64_t within = slot < 6 ? slot : slot < 11 ? slot * kDay / 12 : kDay - 1;
    return kStart + day * kDay + within;
  }

  static std::vector<Value> random_values(std::mt19937& random, const ModelLayout& layout) {
    std::vector<Value> values;
    for (const ValueKey& key : layout.numbers) {
      const bool is_boolean = key.value.type == ValueType::kBoolean;
      const auto steps = static_cast<double>(random() % 4096);
      const double number = is_boolean ? static_cast<double>(steps < 2048) : steps / 8;
      values.push_back(random() % 10 == 0 ? Value() : Value(number));
    }
    for (std::size_t i = 0; i < layout.texts.size(); ++i) {
      const std::string text(random() % 40, static_cast<char>('a' + random() % 26));
      values.push_back(random() % 10 == 0 ? Value() : Value(text));
    }
    return values;
  }

  std::vector<SeenPoint> expected(const RangeQuery& query) const {
    std::vector<SeenPoint> points;
    std::vector<std::string> names = query.series_names;
    std::sort(names.begin(), names.end());
    for (const std::string& id : query.endpoint_ids) {
      for (const std::string& name : names) append_expected(points, query, {id, name});
    }
    return points;
  }

  using SeriesOfEndpoint = std::pair<std::string, std::string>;

  void append_expected(std::vector<SeenPoint>& points, const RangeQuery& query,
                       const SeriesOfEndpoint& which) const {
    const auto found = model_.find(which);
    if (found == model_.end()) return;
    std::vector<SeenPoint> of_series;
    for (const auto& [time, point] : found->second) {
      if (time < time::to_unix_us(query.range.from) || time >= time::to_unix_us(query.range.to)) {
        continue;
      }
      of_series.push_back(seen(which, time, point));
    }
    if (query.direction == Direction::kDescending) {
      std::reverse(of_series.begin(), of_series.end());
    }
    points.insert(points.end(), of_series.begin(), of_series.end());
  }

  static SeenPoint seen(const SeriesOfEndpoint& which, std::int64_t time, const ModelPoint& point) {
    SeenPoint seen{which.first, which.second, time, {}};
    for (const auto& [name, value] : point) {
      if (!std::holds_alternative<std::monostate>(value.value)) {
        seen.values.emplace_back(name, value.value);
      }
    }
    return seen;
  }

  static void append_read(std::vector<SeenPoint>& points, const RangeStep& step) {
    for (std::size_t i = 0; i < step.points.times.size(); ++i) {
      SeenPoint point{
          step.endpoint_id, step.series_name, time::to_unix_us(step.points.times[i]), {}};
      for (const PointColumn& column : step.points.columns) {
        EXPECT_EQ(column.present.size(), step.points.times.size());
        if (!column.present[i]) continue;
        Value value;
        if (column.value.type == ValueType::kString) value = column.texts[i];
        if (column.value.type != ValueType::kString) value = column.numbers[i];
        point.values.emplace_back(column.value.name, value);
      }
      points.push_back(std::move(point));
    }
  }

  // Reads to the end or to `limit` points, taking up to `page` at a time.
  std::vector<SeenPoint> read(const RangeQuery& query, const RangeLimits& limits,
                              std::int64_t limit = std::numeric_limits<std::int64_t>::max()) {
    RangeReader reader(query, limits);
    std::vector<SeenPoint> points;
    while (limit > 0) {
      const auto step = reader.next(*connection_, limit);
      EXPECT_TRUE(step.ok()) << step.status();
      if (!step.ok() || !*step) break;
      const auto count = static_cast<std::int64_t>((*step)->points.times.size());
      EXPECT_LE(count, std::min(limit, limits.points));
      append_read(points, **step);
      limit -= count;
      if (count > 0) last_position_ = (*step)->position;
    }
    return points;
  }

  RangeQuery everything() const {
    RangeQuery query;
    query.application_key = application_;
    query.endpoint_ids = {"ep-2", "nowhere", "ep-1", "ep-3"};
    query.series_names = {"place",      "auto~b",     "auto~a",     "auto~B", "changed",
                          "together~y", "together~z", "together~x", "none"};
    query.range = {time::from_unix_us(kStart), time::from_unix_us(kStart + kDays * kDay)};
    return query;
  }

  RangeQuery random_query(std::mt19937& random) const {
    RangeQuery query = everything();
    std::int64_t from = random_instant(random) + static_cast<std::int64_t>(random() % 3) - 1;
    std::int64_t to = random_instant(random) + static_cast<std::int64_t>(random() % 3) - 1;
    if (from > to) std::swap(from, to);
    query.range = {time::from_unix_us(from), time::from_unix_us(to)};
    if (random() % 2 == 0) query.direction = Direction::kDescending;
    std::shuffle(query.endpoint_ids.begin(), query.endpoint_ids.end(), random);
    query.series_names.resize(1 + random() % query.series_names.size());
    return query;
  }

  static RangeLimits random_limits(std::mt19937& random) {
    // Room for none, for some, or for all to be read ahead.
    static constexpr std::size_t kAhead[] = {0, 1000, 1 << 20};
    return {static_cast<std::int64_t>(2 + random() % 20), 1 + random() % 200, 1 + random() % 6,
            kAhead[random() % 3]};
  }

  std::unique_ptr<postgres::Connection> connection_;
  std::int32_t application_ = 0;
  std::map<std::string, std::int32_t> endpoints_;
  std::vector<ValueKey> values_;
  std::vector<ModelLayout> layouts_;
  std::string frames_;
  // (endpoint, series) → time → point
  std::map<SeriesOfEndpoint, std::map<std::int64_t, ModelPoint>> model_;
  RangePosition last_position_;
};

}  // namespace millrace::time_series
