// SPDX-License-Identifier: Apache-2.0
//
// Many samples of few instants, of different values, written by two sessions as two replicas of
// epts would: in any order, some twice. Whatever came when, readers see of each value the one that
// is last in the stream.
#include <algorithm>
#include <atomic>
#include <deque>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "lib/postgres/copy_buffer.h"
#include "lib/time_series/itest_outside.h"
#include "lib/time_series/last_points_reader.h"
#include "lib/time_series/reader_fixture.h"
#include "lib/time_series/writer_session.h"

namespace millrace::time_series {
namespace {

constexpr int kInstants = 6;
constexpr int kSamples = 400;
constexpr std::size_t kBatch = 7;

// The values that a sample may have; any of them may be null. `changed` is there with two types, as
// after a change of the rules.
const std::vector<ValueKey> kValues = {
    {0, "place", {"lat", ValueType::kNumber}},     {0, "place", {"lon", ValueType::kNumber}},
    {0, "place", {"name", ValueType::kString}},    {0, "place", {"fix", ValueType::kBoolean}},
    {0, "auto~a", {"value", ValueType::kNumber}},  {0, "note", {"value", ValueType::kString}},
    {0, "changed", {"value", ValueType::kNumber}}, {0, "changed", {"value", ValueType::kString}},
};

struct WrittenSample {
  std::string endpoint_id;
  int instant = 0;
  std::int64_t seq = 0;
  std::vector<std::size_t> members;  // indices into kValues
  std::vector<Value> values;         // of each member
};

struct Bounds {
  std::size_t layouts;
  const char* name;
};

class SameInstantTest : public ReaderTest, public testing::WithParamInterface<Bounds> {
 protected:
  time::UnixMicros instant(int number) const {
    return outside_.clock.now() + std::chrono::minutes(number);
  }

  WrittenSample random_sample(std::int64_t seq) {
    WrittenSample sample;
    sample.endpoint_id = random_() % 2 == 0 ? "ep-1" : "ep-2";
    sample.instant = static_cast<int>(random_() % kInstants);
    sample.seq = seq;
    const std::size_t without = 6 + random_() % 2;  // one of the two types
    for (std::size_t i = 0; i < kValues.size(); ++i) {
      if (i != without && random_() % 3 == 0) sample.members.push_back(i);
    }
    if (sample.members.empty()) sample.members.push_back(random_() % 6);
    std::shuffle(sample.members.begin(), sample.members.end(), random_);
    for (const std::size_t member : sample.members) {
      sample.values.push_back(random_value(kValues[member].value.type));
    }
    return sample;
  }

  Value random_value(ValueType type) {
    if (random_() % 4 == 0) return {};
    if (type == ValueType::kString) return fmt::format("text {}", random_() % 1000);
    return static_cast<double>(type == ValueType::kBoolean ? random_() % 2 : random_() % 1000);
  }

  // In the order of the stream, so that the model knows what is last.
  void make_samples() {
    for (int i = 1; i <= kSamples; ++i) samples_.push_back(random_sample(i));
    for (const WrittenSample& sample : samples_) {
      for (std::size_t i = 0; i < sample.members.size(); ++i) {
        note({sample.endpoint_id, time::to_unix_us(instant(sample.instant)), sample.seq},
             kValues[sample.members[i]], sample.values[i]);
      }
    }
  }

  void add(SampleBatch& batch, const WrittenSample& sample) const {
    std::string shape;
    std::vector<double> numbers;
    std::vector<std::string_view> texts;
    for (std::size_t i = 0; i < sample.members.size(); ++i) {
      const ValueKey& value = kValues[sample.members[i]];
      append_value_name(shape, value.value.type, "", value.series_name, value.value.name);
      const auto* number = std::get_if<double>(&sample.values[i]);
      const auto* text = std::get_if<std::string>(&sample.values[i]);
      if (value.value.type == ValueType::kString) {
        texts.push_back(text == nullptr ? std::string_view() : *text);
      } else {
        numbers.push_back(number == nullptr ? postgres::null_pattern() : *number);
      }
    }
    SampleBatch::Facts facts;
    facts.seq = sample.seq;
    facts.time = facts.received_at = instant(sample.instant);
    batch.begin_upload({application_name_, "v1", sample.endpoint_id, "c", 1});
    batch.add_sample(facts, shape, numbers, texts);
  }

  // What one replica writes: samples in an order of its own, those of `again` a second time.
  void write_all(std::vector<const WrittenSample*> mine) {
    WriterLimits limits;
    limits.max_layouts = GetParam().layouts;
    auto session = WriterSession::open(itest_options(), limits, outside_.platform);
    ASSERT_TRUE(session.ok()) << session.status();
    for (std::size_t first = 0; first < mine.size(); first += kBatch) {
      SampleBatch batch;
      const std::size_t last = std::min(first + kBatch, mine.size());
      for (std::size_t i = first; i < last; ++i) add(batch, *mine[i]);
      for (const Delivery delivery : {Delivery::kFirst, Delivery::kAgain}) {
        if (delivery == Delivery::kAgain && first % 3 != 0) continue;
        WriteOutcome outcome;
        const absl::Status written =
            (*session)->write(batch, {0, batch.samples().size()}, delivery, outcome);
        if (!written.ok()) ++failures_;
      }
    }
  }

  void write_by_two_replicas() {
    std::vector<const WrittenSample*> of_replica[2];
    for (const WrittenSample& sample : samples_) {
      of_replica[random_() % 2].push_back(&sample);
      // Handed to both: one of them was taken for dead.
      if (random_() % 4 == 0) of_replica[random_() % 2].push_back(&sample);
    }
    for (auto& mine : of_replica) std::shuffle(mine.begin(), mine.end(), random_);
    std::jthread one([&] { write_all(of_replica[0]); });
    std::jthread other([&] { write_all(of_replica[1]); });
  }

  RangeQuery whole() const {
    RangeQuery query;
    query.application_key = application_;
    query.endpoint_ids = {"ep-1", "ep-2"};
    query.series_names = {"place", "auto~a", "note", "changed"};
    query.range = {instant(0), instant(kInstants)};
    return query;
  }

  const std::string application_name_ = fmt::format("same-instant-{}", GetParam().name);
  std::mt19937 random_{2026};
  ItestOutside outside_;
  std::vector<WrittenSample> samples_;
  std::atomic<int> failures_{0};
};

TEST_P(SameInstantTest, TheLastInTheStreamStandsValueByValue) {
  make_samples();
  write_by_two_replicas();
  ASSERT_EQ(failures_, 0);
  application_ = key_of(fmt::format(
      "SELECT application_key FROM time_series.application WHERE name = '{}'", application_name_));
  const auto points = expected(whole());
  EXPECT_GT(points.size(), 30U);
  EXPECT_EQ(read(whole(), {}), points);
  LastPointsQuery last;
  last.application_key = application_;
  last.series_names = {"place"};
  last.endpoint_ids = {"ep-1"};
  const auto found = read_last_points(*connection_, last);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1U);
  const auto& [time, point] = *model_[{"ep-1", "place"}].rbegin();
  EXPECT_EQ(time::to_unix_us((*found)[0].time), time);
  ASSERT_EQ((*found)[0].values.size(), point.size());
  for (const NamedFrameValue& value : (*found)[0].values) {
    const ModelValue& in_model = point.at(value.description.name);
    EXPECT_EQ(value.value.null, std::holds_alternative<std::monostate>(in_model.value));
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, SameInstantTest,
                         testing::Values(Bounds{10'000, "row-a-sample"}, Bounds{3, "both"},
                                         Bounds{0, "row-a-value"}),
                         [](const auto& of) {
                           std::string name = of.param.name;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace millrace::time_series
