// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rollup_record.h"

#include <gtest/gtest.h>

#include "lib/time_series/hour.h"

namespace millrace::time_series {
namespace {

using aggregation::Summary;
using std::chrono::microseconds;

const time::UnixMicros kBegin = begin_of_quarter(hour_of_number(498'000), 2);

std::string record(const Summary& summary) {
  std::string bytes;
  append_rollup_record(bytes, summary, kBegin);
  return bytes;
}

TEST(RollupRecord, GivesBackWhatWasPutIn) {
  Summary summary;
  summary.add({kBegin, 4.25});
  summary.add({kBegin + microseconds{1}, -7e300});
  summary.add({kBegin + kQuarter - microseconds{1}, 0.1});
  const std::string bytes = record(summary);
  EXPECT_EQ(bytes.size(), kRollupRecordBytes);
  EXPECT_EQ(read_rollup_record(bytes, kBegin), summary);
}

TEST(RollupRecord, ExtremesKeepTheirOwnTimes) {
  Summary summary;
  for (const int value : {5, 9, 1, 3}) {
    summary.add({kBegin + microseconds{summary.count * 250'000'000}, static_cast<double>(value)});
  }
  const Summary read = read_rollup_record(record(summary), kBegin);
  EXPECT_EQ(read.max.time, kBegin + microseconds{250'000'000});
  EXPECT_EQ(read.min.time, kBegin + microseconds{500'000'000});
  EXPECT_EQ(read.last.time, kBegin + microseconds{750'000'000});
}

TEST(RollupRecord, OfNoPointIsZeros) {
  EXPECT_EQ(record(Summary()), std::string(kRollupRecordBytes, '\0'));
  EXPECT_EQ(read_rollup_record(record(Summary()), kBegin), Summary());
}

TEST(RollupRecord, ASummaryOfOneValueIsReadBesideOthers) {
  Summary one;
  one.add({kBegin, 1});
  Summary two;
  two.add({kBegin, 2});
  std::string bytes;
  append_rollup_record(bytes, one, kBegin);
  append_rollup_record(bytes, two, kBegin);
  EXPECT_EQ(read_rollup_record(std::string_view(bytes).substr(kRollupRecordBytes), kBegin), two);
}

}  // namespace
}  // namespace millrace::time_series
