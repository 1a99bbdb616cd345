// SPDX-License-Identifier: Apache-2.0
#include <random>

#include <gmock/gmock.h>

#include "lib/time_series/rollup_builder.h"
#include "lib/time_series/rollup_fixture.h"

namespace millrace::time_series {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class RollupBuilderTest : public RollupTest {
 protected:
  void expect_exact(const std::string& endpoint, TimeRange where) {
    for (const char* series : {"a", "b", "c"}) {
      EXPECT_EQ(with_rollups(endpoint, series, where), without_rollups(endpoint, series, where))
          << endpoint << ' ' << series;
    }
  }

  // Of three series, one of which is now a number, now a boolean, now a string.
  Values random_values(std::mt19937& random) {
    const auto number = [&random]() -> std::optional<double> {
      if (random() % 8 == 0) return std::nullopt;
      return static_cast<double>(random() % 4096) / 8 - 100;
    };
    Values values;
    if (random() % 3 != 0) values.push_back({"a", ValueType::kNumber, number()});
    if (random() % 3 == 0) values.push_back({"b", ValueType::kNumber, number()});
    const auto kind = random() % 6;
    if (kind == 0) values.push_back({"c", ValueType::kNumber, number()});
    if (kind == 1) values.push_back({"c", ValueType::kBoolean, static_cast<double>(random() % 2)});
    if (kind == 2) values.push_back({"c", ValueType::kString, number()});
    if (values.empty()) values.push_back({"a", ValueType::kNumber, 0.5});
    return values;
  }
  // On few instants, so that layouts meet on them.
  void add_random(std::mt19937& random, const std::string& endpoint, Hour from, int hours_long,
                  int samples) {
    for (int i = 0; i < samples; ++i) {
      const auto slot = static_cast<int>(random() % static_cast<unsigned>(hours_long * 360));
      add(endpoint, from + seconds(slot * 10), random_values(random));
    }
  }
};

TEST_F(RollupBuilderTest, ManyPagesAreOne) {
  add_line("ep", kMonday, kMonday + hours(5), seconds(1));
  write(Delivery::kFirst);
  EXPECT_EQ(work(when_sealed(kMonday + hours(5))).built.frames, 18'000);
  EXPECT_EQ(covered("ep", "a", {kMonday, kMonday + hours(5)}), 20);
  expect_exact("ep", {kMonday, kMonday + hours(5)});
}

TEST_F(RollupBuilderTest, FramesOfUnknownLayoutsAreAsForReaders) {
  add_line("ep", kMonday, kMonday + hours(1));
  write();
  run("SELECT time_series.begin_marking(); INSERT INTO time_series.frame SELECT endpoint_key, 9999,"
      " time, seq + 1000, '{1,2,3}' FROM time_series.frame");
  work(when_sealed(kMonday + hours(1)));
  EXPECT_EQ(covered("ep", "a", {kMonday, kMonday + hours(1)}), 4);
  expect_exact("ep", {kMonday, kMonday + hours(1)});
}

// Whatever is written, whenever, and however far the worker has come: with rollups and without, a
// reader sees the same.
TEST_F(RollupBuilderTest, RollupsArePointsAtAnyMoment) {
  const auto seed =
      static_cast<std::mt19937::result_type>(testing::UnitTest::GetInstance()->random_seed());
  SCOPED_TRACE(fmt::format("--gtest_random_seed={}", seed));
  std::mt19937 random(seed);
  // From the last hours of a week into the next one.
  const Hour begin = kMonday - hours(6);
  const std::vector<std::string> endpoints{"ep-1", "ep-2", "ep-3"};
  Hour now = begin + hours(2);
  std::int64_t ever_covered = 0;
  for (const std::string& each : endpoints) add_random(random, each, begin, 12, 1);
  write();
  for (int round = 0; round < 60; ++round) {
    const std::string& endpoint = endpoints[random() % endpoints.size()];
    const TimeRange where{begin + minutes(random() % 100),
                          begin + hours(12) - seconds(random() % 5000)};
    switch (random() % 6) {
      case 0:
      case 1:
        add_random(random, endpoint, begin, 12, 1 + static_cast<int>(random() % 600));
        break;
      case 2:  // late, into one hour
        add_random(random, endpoint, begin + hours(random() % 12), 1,
                   1 + static_cast<int>(random() % 3));
        break;
      case 3:  // one line an hour, so that most hours have enough
        for (const std::string& each : endpoints) {
          add_random(random, each, begin + hours(random() % 12), 1, 300);
        }
        break;
      default: {
        now = std::min(now + hours(random() % 3), begin + hours(12));
        const int stop_after = 1 + static_cast<int>(random() % 6);
        int steps = 0;
        RollupOptions options;
        options.frames_per_step = 100;
        RollupWorker worker(
            options, [&](const std::stop_token&, milliseconds) { return ++steps < stop_after; },
            outside_.platform);
        work(worker, when_sealed(now));
      }
    }
    if (!batch_.samples().empty()) write();
    if (!find(endpoint, "a")) continue;
    expect_exact(endpoint, where);
    ever_covered += covered(endpoint, "a", where);
    if (testing::Test::HasFailure()) FAIL() << "round " << round;
  }
  EXPECT_GT(ever_covered, 0);
}

}  // namespace
}  // namespace millrace::time_series
