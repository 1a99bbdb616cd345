// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/reader_fixture.h"
#include "lib/time_series/writes_reader.h"

namespace millrace::time_series {
namespace {

using testing::IsEmpty;

// What a value looks like from outside: null, or what it is.
Value value_of(const WrittenValue& written) {
  if (written.value.null) return {};
  if (written.type == ValueType::kString) return written.value.text;
  return written.value.number;
}

using SeenValue = std::tuple<std::string, std::string, std::int64_t, std::string, std::int64_t>;

class WritesReaderTest : public ReaderTest {
 protected:
  // Every row that was added, for the model of writes: newest value by name among rows with `seq`.
  struct Row {
    Place place;
    ModelLayout layout;
    std::vector<Value> values;
  };

  void add(const Place& place, const ModelLayout& layout, const std::vector<Value>& values) {
    add_frame(place, layout, values);
    rows_.push_back({place, layout, values});
  }

  // (endpoint, series, time, value name, seq) → value
  std::map<SeenValue, Value> expected_writes(const WritesQuery& query) const {
    std::map<std::tuple<std::string, std::string, std::int64_t, std::string>,
             std::pair<std::int64_t, Value>>
        newest;
    for (const Row& row : rows_) {
      if (row.place.seq < query.seq_from) continue;
      if (time::from_unix_us(row.place.time_us) < query.from) continue;
      const auto& ids = query.endpoint_ids;
      if (!ids.empty() && std::find(ids.begin(), ids.end(), row.place.endpoint_id) == ids.end()) {
        continue;
      }
      std::vector<ValueKey> keys = row.layout.numbers;
      keys.insert(keys.end(), row.layout.texts.begin(), row.layout.texts.end());
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& names = query.series_names;
        if (!names.empty() && !names.contains(keys[i].series_name)) continue;
        auto& one = newest[{row.place.endpoint_id, keys[i].series_name, row.place.time_us,
                            keys[i].value.name}];
        if (one.first < row.place.seq) one = {row.place.seq, row.values[i]};
      }
    }
    std::map<SeenValue, Value> seen;
    for (const auto& [key, one] : newest) {
      const auto& [endpoint, series, time, name] = key;
      seen[{endpoint, series, time, name, one.first}] = one.second;
    }
    return seen;
  }

  // Reads to the end; points of an endpoint come in order of time, no value comes twice.
  std::map<SeenValue, Value> read_writes(WritesQuery query, const WritesLimits& limits,
                                         bool resume_at_each_page) {
    std::map<SeenValue, Value> seen;
    std::map<std::pair<std::string, std::string>, time::UnixMicros> last;
    auto reader = std::make_unique<WritesReader>(query, limits);
    for (int pages = 0; pages < 100'000; ++pages) {
      const auto page = reader->next(*connection_);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok() || page->at_end) return seen;
      for (const WrittenSeries& series : page->series) {
        for (const WrittenPoint& point : series.points) {
          auto& before = last[{series.endpoint_id, series.series_name}];
          EXPECT_TRUE(before == time::UnixMicros{} || before < point.time);
          before = point.time;
          for (const WrittenValue& value : point.values) {
            const SeenValue key{series.endpoint_id, series.series_name,
                                time::to_unix_us(point.time), value.name, value.seq};
            EXPECT_TRUE(seen.emplace(key, value_of(value)).second);
          }
        }
      }
      if (!page->position) continue;
      query.behind = page->position;
      if (resume_at_each_page) reader = std::make_unique<WritesReader>(query, limits);
    }
    ADD_FAILURE() << "the reading has no end";
    return seen;
  }

  void make_writes(std::mt19937& random) {
    for (const char* id : {"ep-1", "ep-2", "ep-3"}) make_endpoint(id);
    make_value("auto~a", "value", ValueType::kNumber);
    make_value("auto~b", "value", ValueType::kNumber);
    make_value("place", "lat", ValueType::kNumber);
    make_value("place", "name", ValueType::kString);
    make_value("place", "fix", ValueType::kBoolean);
    make_value("changed", "value", ValueType::kNumber);
    make_value("changed", "value", ValueType::kString);
    make_layout({0});
    make_layout({3});
    make_layout({0, 1, 2, 3, 4, 5});
    make_layout({6});
    make_layout({2, 4, 6});
    std::set<std::tuple<std::string, std::int64_t, std::int32_t>> taken;
    for (int i = 0; i < 300; ++i) {
      const std::string id = fmt::format("ep-{}", 1 + random() % 3);
      const ModelLayout& layout = layouts_[random() % layouts_.size()];
      const std::int64_t time = random_instant(random);
      if (!taken.insert({id, time, layout.key}).second) continue;
      add({id, time, std::int64_t{i} * 7919 % 9973 + 1}, layout, random_values(random, layout));
    }
    write_frames();
  }

  WritesQuery everything_written() const {
    WritesQuery query;
    query.application_key = application_;
    query.from = time::from_unix_us(kStart);
    return query;
  }

  std::vector<Row> rows_;
};

TEST_F(WritesReaderTest, ReadsWritesAsTheModelHasThem) {
  std::mt19937 random(20261127);
  make_application("writes");
  make_writes(random);
  EXPECT_EQ(read_writes(everything_written(), {}, false), expected_writes(everything_written()));
  for (int i = 0; i < 25; ++i) {
    WritesQuery query = everything_written();
    query.seq_from = static_cast<std::int64_t>(random() % 10'000);
    query.from = time::from_unix_us(random_instant(random));
    if (random() % 2 == 0) query.endpoint_ids = {"ep-3", "nowhere", "ep-1"};
    if (random() % 2 == 0) query.series_names = {"place", "changed", "none"};
    const WritesLimits limits{static_cast<std::int64_t>(8 + random() % 100), 1 + random() % 4000,
                              1 + random() % 4, 1 + random() % 6};
    ASSERT_EQ(read_writes(query, limits, random() % 2 == 0), expected_writes(query)) << i;
  }
}

TEST_F(WritesReaderTest, AnInstantOfMoreRowsThanAPageIsNotCut) {
  make_application("many rows");
  make_endpoint("ep");
  for (int i = 0; i < 150; ++i) {
    make_value(fmt::format("s{}", i), "value", ValueType::kNumber);
    make_layout({static_cast<std::size_t>(i)});
    add({"ep", kStart, i + 1}, layouts_.back(), {static_cast<double>(i)});
  }
  write_frames();
  EXPECT_EQ(read_writes(everything_written(), {}, true).size(), 150U);
}

TEST_F(WritesReaderTest, ReadsNothingOfAnotherApplicationAndNothingOfNone) {
  make_application("one");
  make_endpoint("ep");
  make_value("s", "value", ValueType::kNumber);
  make_layout({0});
  add({"ep", kStart, 1}, layouts_[0], {1.0});
  write_frames();
  make_application("another");
  EXPECT_THAT(read_writes(everything_written(), {}, false), IsEmpty());
  WritesQuery none = everything_written();
  none.application_key = 0;
  EXPECT_THAT(read_writes(none, {}, false), IsEmpty());
}

}  // namespace
}  // namespace millrace::time_series
