// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rollup_marks.h"

#include <gmock/gmock.h>

namespace millrace::time_series {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

// A Monday.
constexpr Hour kSeal{std::chrono::sys_days{std::chrono::year{2026} / std::chrono::November / 23}};

class Marks : public testing::Test {
 public:
  Marks& add(std::int32_t endpoint, time::UnixMicros time, FrameFate fate = FrameFate::kInserted) {
    Frame frame;
    frame.endpoint_key = endpoint;
    frame.layout_key = 1;
    frame.time = time;
    frame.seq = static_cast<std::int64_t>(frames_.size());
    frames_.push_back(frame);
    fates_.push_back(fate);
    return *this;
  }
  // The frames were added in their order.
  std::vector<RollupMark> found() const { return marks_of(frames_, fates_, kSeal); }

  const std::chrono::days days_before_{3};
  std::vector<Frame> frames_;
  std::vector<FrameFate> fates_;
};

TEST_F(Marks, OnlyFramesBeforeTheSealHaveOne) {
  add(1, kSeal - microseconds{1}).add(1, kSeal).add(2, kSeal + hours{5});
  EXPECT_THAT(found(), ElementsAre(RollupMark{1, kSeal - hours{1}, kSeal - hours{1}}));
}

TEST_F(Marks, OneForTheFramesOfAnHourAndOfHoursNearIt) {
  for (int minute = 0; minute < 600; minute += 7) add(1, kSeal - days_before_ + minutes{minute});
  EXPECT_THAT(found(),
              ElementsAre(RollupMark{1, kSeal - days_before_, kSeal - days_before_ + hours{9}}));
}

TEST_F(Marks, HoursFarApartHaveTheirOwn) {
  const Hour first = kSeal - days_before_;
  add(1, first).add(1, first + kHoursOfOneMark).add(1, first + kHoursOfOneMark * 2 + hours{1});
  EXPECT_THAT(found(), ElementsAre(RollupMark{1, first, first + hours{3}},
                                   RollupMark{1, first + hours{7}, first + hours{7}}));
}

TEST_F(Marks, EndpointsHaveTheirOwn) {
  const Hour hour = kSeal - hours{1};
  add(1, hour).add(2, hour).add(2, hour + minutes{1}).add(1, hour + minutes{2});
  EXPECT_THAT(found(), ElementsAre(RollupMark{1, hour, hour}, RollupMark{2, hour, hour},
                                   RollupMark{1, hour, hour}));
}

TEST_F(Marks, WhatChangedNothingNeedsNone) {
  const Hour hour = kSeal - hours{1};
  add(1, hour, FrameFate::kRepeated).add(1, hour, FrameFate::kLost);
  add(1, hour, FrameFate::kRepeatedReplacement);
  EXPECT_THAT(found(), IsEmpty());
  add(1, hour, FrameFate::kReplaced);
  EXPECT_THAT(found(), ElementsAre(RollupMark{1, hour, hour}));
}

}  // namespace
}  // namespace millrace::time_series
