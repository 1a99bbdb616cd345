// SPDX-License-Identifier: Apache-2.0
//
// For the tests of rollups: samples written as epts writes them, the worker, and what readers see
// with rollups and without.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/itest_outside.h"
#include "lib/time_series/range_reader.h"
#include "lib/time_series/rollup_reader.h"
#include "lib/time_series/rollup_worker.h"
#include "lib/time_series/writer_session.h"

namespace millrace::time_series {

// Monday of the test's week, whose Wednesday 00:00 it is.
inline constexpr Hour kMonday{
    std::chrono::sys_days{std::chrono::year{2026} / std::chrono::November / 23}};

// What a series of an endpoint comes to: (value's name and type, quarter's first microsecond).
using SeenQuarters = std::map<std::pair<std::string, std::int64_t>, aggregation::Summary>;

class RollupTest : public testing::Test {
 protected:
  struct Written {
    std::string series;
    ValueType type = ValueType::kNumber;
    std::optional<double> number;  // of a string: whether it has a text
  };
  using Values = std::vector<Written>;

  void SetUp() override {
    run(kForget);
    ASSERT_TRUE(prepare_session(*connection_).ok());
    session_ = open();
  }
  // Others in this database change frames as they like.
  void TearDown() override { run(kForget); }

  void run(const std::string& sql) { run(*connection_, sql); }
  static void run(postgres::Connection& connection, const std::string& sql) {
    const absl::Status status = connection.execute_script(sql);
    ASSERT_TRUE(status.ok()) << status << " in " << sql;
  }
  std::int64_t count(const std::string& sql) {
    const auto rows = connection_->execute("SELECT count(*) FROM " + sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows->int8(0, 0);
  }
  std::unique_ptr<WriterSession> open() {
    auto session = WriterSession::open(itest_options(), {}, outside_.platform);
    EXPECT_TRUE(session.ok()) << session.status();
    return *std::move(session);
  }

  // To write in one transaction.
  void add(const std::string& endpoint, time::UnixMicros time, const Values& values,
           std::int64_t seq = 0) {
    texts_.push_back(endpoint);
    batch_.begin_upload({"rollups", "v1", texts_.back(), "c", 1});
    std::string shape;
    std::vector<double> numbers;
    std::vector<std::string_view> texts;
    for (const Written& value : values) {
      append_value_name(shape, value.type, "", value.series);
      if (value.type == ValueType::kString) {
        texts.push_back(value.number ? std::string_view("text") : std::string_view());
      } else {
        numbers.push_back(value.number.value_or(postgres::null_pattern()));
      }
    }
    SampleBatch::Facts facts;
    facts.seq = seq != 0 ? seq : ++seq_;
    facts.time = facts.received_at = time;
    facts.json = "{}";
    batch_.add_sample(facts, shape, numbers, texts);
  }
  // A point each `apart` from `from` to `until`.
  void add_line(const std::string& endpoint, time::UnixMicros from, time::UnixMicros until,
                std::chrono::microseconds apart = std::chrono::seconds(10)) {
    for (time::UnixMicros time = from; time < until; time += apart) {
      add(endpoint, time, {{"a", ValueType::kNumber, static_cast<double>(++written_ % 1000) / 8}});
    }
  }
  void write(Delivery delivery = Delivery::kAgain) { write(*session_, delivery); }
  void write(WriterSession& session, Delivery delivery = Delivery::kAgain) {
    WriteOutcome outcome;
    const absl::Status status =
        session.write(batch_, {0, batch_.samples().size()}, delivery, outcome);
    ASSERT_TRUE(status.ok()) << status;
    forget_batch();
  }
  void forget_batch() {
    batch_.clear();
    texts_.clear();
  }

  // Rounds until there is nothing to do, the clock of the seal at `now`.
  RollupRound work(time::UnixMicros now) { return work(*worker_, now); }
  RollupRound work(RollupWorker& worker, time::UnixMicros now) {
    RollupRound round;
    const auto connection = itest_connect();
    const absl::Status status = worker.run(*connection, now, std::stop_token(), round);
    EXPECT_TRUE(status.ok()) << status;
    return round;
  }
  static RollupWorker::Pause no_pause() {
    return [](const std::stop_token& stop, std::chrono::milliseconds) {
      return !stop.stop_requested();
    };
  }
  // The seal is at `hour` then.
  static time::UnixMicros when_sealed(Hour hour) { return hour + kSealDelay; }

  static TimeRange range(Hour from, Hour until) { return {from, until}; }

  std::optional<StoredSeries> find(const std::string& endpoint, const std::string& series) {
    const auto application = find_application(*connection_, "rollups");
    EXPECT_TRUE(application.ok() && *application);
    keys_ = *read_keys(*connection_, **application, {series});
    auto finder = SeriesFinder::open(*connection_, **application, endpoint, keys_);
    EXPECT_TRUE(finder.ok()) << finder.status();
    while (!finder->at_end()) {
      auto found = finder->next(*connection_);
      EXPECT_TRUE(found.ok()) << found.status();
      if (!found->empty()) return found->front();
    }
    return std::nullopt;
  }

  std::vector<RollupPart> parts(const std::string& endpoint, const std::string& series,
                                TimeRange range, RollupLimits limits = {4096, 4 << 20, 0}) {
    const auto stored = find(endpoint, series);
    if (!stored) return {{range, {}}};
    RollupReader reader(*stored, range, limits);
    std::vector<RollupPart> parts;
    while (true) {
      auto step = reader.next(*connection_);
      EXPECT_TRUE(step.ok()) << step.status();
      if (!step.ok() || !*step) return parts;
      for (RollupPart& part : **step) parts.push_back(std::move(part));
    }
  }
  // In quarters.
  std::int64_t covered(const std::string& endpoint, const std::string& series, TimeRange range) {
    std::int64_t quarters = 0;
    for (const RollupPart& part : parts(endpoint, series, range)) quarters += part.covered();
    return quarters;
  }

  static std::string column_name(const ValueDescription& value) {
    return fmt::format("{}/{}", value.name, static_cast<int>(value.type));
  }
  static std::int64_t quarter_us(time::UnixMicros time) {
    return time::to_unix_us(
        std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<900>>>(time));
  }

  // The points of the range, added to what is there.
  void see_points(SeenQuarters& seen, const std::string& endpoint, const std::string& series,
                  TimeRange range) {
    RangeQuery query;
    query.application_key = **find_application(*connection_, "rollups");
    query.endpoint_ids = {endpoint};
    query.series_names = {series};
    query.range = range;
    RangeReader reader(query);
    while (true) {
      const auto step = reader.next(*connection_, 10'000);
      ASSERT_TRUE(step.ok()) << step.status();
      if (!*step) return;
      for (const PointColumn& column : (*step)->points.columns) {
        if (column.value.type == ValueType::kString) continue;
        for (std::size_t i = 0; i < (*step)->points.times.size(); ++i) {
          const time::UnixMicros time = (*step)->points.times[i];
          if (!column.present[i]) continue;
          seen[{column_name(column.value), quarter_us(time)}].add({time, column.numbers[i]});
        }
      }
    }
  }
  // From points alone.
  SeenQuarters without_rollups(const std::string& endpoint, const std::string& series,
                               TimeRange range) {
    SeenQuarters seen;
    see_points(seen, endpoint, series, range);
    return seen;
  }
  // From rollups, and points between them.
  SeenQuarters with_rollups(const std::string& endpoint, const std::string& series, TimeRange range,
                            RollupLimits limits = {4096, 4 << 20, 0}) {
    SeenQuarters seen;
    const auto stored = find(endpoint, series);
    time::UnixMicros position = range.from;
    for (const RollupPart& part : parts(endpoint, series, range, limits)) {
      EXPECT_EQ(part.range.from, position);
      position = part.range.to;
      if (!part.covered()) {
        see_points(seen, endpoint, series, part.range);
        continue;
      }
      EXPECT_EQ(part.summaries.size(), stored->values.size());
      for (std::size_t i = 0; i < part.summaries.size(); ++i) {
        if (part.summaries[i].count == 0) continue;
        seen[{column_name(stored->values[i]), quarter_us(part.range.from)}] = part.summaries[i];
      }
    }
    EXPECT_EQ(position, range.to);
    return seen;
  }

  static constexpr char kForget[] =
      "TRUNCATE time_series.rollup, time_series.rollup_mark, time_series.rollup_week;"
      "UPDATE time_series.rollup_state SET sealed_until = NULL, voided_at = NULL;"
      "TRUNCATE time_series.application RESTART IDENTITY CASCADE; TRUNCATE time_series.frame;"
      "DO $$ DECLARE t text; BEGIN"
      " FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'time_series'::regnamespace"
      " AND relname LIKE 'frame\\_p%' AND relkind = 'r'"
      " LOOP EXECUTE 'DROP TABLE time_series.' || t; END LOOP; END $$";

  ItestOutside outside_;
  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  std::unique_ptr<WriterSession> session_;
  SampleBatch batch_;
  std::deque<std::string> texts_;  // that the batch borrows
  std::int64_t seq_ = 0;
  std::int64_t written_ = 0;
  std::vector<KeyedSeries> keys_;
  std::optional<RollupWorker> worker_{std::in_place, RollupOptions(), no_pause(),
                                      outside_.platform};
};

}  // namespace millrace::time_series
