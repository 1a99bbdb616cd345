// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/activity_reader.h"
#include "lib/time_series/reader_fixture.h"

namespace millrace::time_series {
namespace {

class ActivityItest : public ReaderTest {
 protected:
  void add(const std::string& id, std::int64_t time_us, std::size_t layout = 0) {
    add_frame({id, time_us, ++seq_}, layouts_[layout], {Value(1.0)});
  }

  void make(const std::string& application, const std::vector<std::string>& ids) {
    make_application(application);
    make_value("a", "value", ValueType::kNumber);
    make_value("b", "value", ValueType::kNumber);
    make_layout({0});
    make_layout({1});
    for (const std::string& id : ids) make_endpoint(id);
  }

  ActivityQuery query(std::vector<std::string> ids, std::int64_t from, std::int64_t to) {
    ActivityQuery query;
    query.application_key = application_;
    query.endpoint_ids = std::move(ids);
    query.counted = {time::from_unix_us(from), time::from_unix_us(to)};
    return query;
  }

  // "id last frames", with `last` relative to kStart.
  std::vector<std::string> read(const ActivityQuery& query) {
    const auto found = read_activity(*connection_, query);
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> lines;
    for (const EndpointActivity& one : *found) {
      lines.push_back(fmt::format("{} {} {}", one.endpoint_id,
                                  time::to_unix_us(one.last_time) - kStart, one.frames));
    }
    return lines;
  }

  std::int64_t seq_ = 0;
};

TEST_F(ActivityItest, TellsTheNewestFrameAndCountsThoseOfTheWindow) {
  make("activity", {"busy", "idle", "mute", "ahead"});
  const std::int64_t now = kStart + 4 * kDay;
  for (int i = 0; i < 10; ++i) add("busy", now - i * 1'000'000);
  add("busy", now - 1'000'000, 1);  // of another shape: one sample more
  add("idle", kStart + 5);
  add("ahead", now + 7);
  write_frames();
  for (const std::size_t per_window : {1, 2, 16}) {
    ActivityQuery one =
        query({"idle", "nobody", "busy", "mute", "ahead"}, now - 5'000'000, now + 1);
    one.partitions_per_window = per_window;
    EXPECT_THAT(read(one), testing::ElementsAre("idle 5 0", fmt::format("busy {} 7", now - kStart),
                                                fmt::format("ahead {} 0", now + 7 - kStart)));
  }
}

TEST_F(ActivityItest, TheWindowIsHalfOpenAndTheCountBounded) {
  make("bounded", {"ep"});
  for (int i = 0; i < 20; ++i) add("ep", kStart + i);
  write_frames();
  EXPECT_THAT(read(query({"ep"}, kStart + 3, kStart + 5)), testing::ElementsAre("ep 19 2"));
  ActivityQuery one = query({"ep"}, kStart, kStart + 100);
  EXPECT_THAT(read(one), testing::ElementsAre("ep 19 20"));
  one.max_counted = 8;
  EXPECT_THAT(read(one), testing::ElementsAre("ep 19 8"));
}

TEST_F(ActivityItest, EndpointsOfAnotherApplicationAreNotFound) {
  make("first", {"ep"});
  add("ep", kStart);
  write_frames();
  make_application("second");
  EXPECT_THAT(read(query({"ep"}, kStart, kStart + 1)), testing::IsEmpty());
}

}  // namespace
}  // namespace millrace::time_series
