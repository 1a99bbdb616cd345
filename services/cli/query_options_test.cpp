// SPDX-License-Identifier: Apache-2.0
#include "cli/query_options.h"

#include <gmock/gmock.h>

#include "cli/wrong_usage.h"

namespace millrace::cli {
namespace {

using testing::ElementsAre;

const time::UnixMicros kNow = time::from_unix_us(1'795'415'460'000'000);

// Seconds before now, of both ends.
std::pair<std::int64_t, std::int64_t> parsed(const RangeOptions& options) {
  const auto range = parse_range(options, kNow);
  EXPECT_TRUE(range.ok()) << range.status();
  if (!range.ok()) return {};
  return {(kNow - range->from).count() / 1'000'000, (kNow - range->to).count() / 1'000'000};
}

TEST(QueryOptions, ARangeIsTheLastHourUnlessSomethingIsGiven) {
  using Range = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(parsed({}), Range(3600, -60));
  EXPECT_EQ(parsed({"", "", "15m"}), Range(900, -60));
  EXPECT_EQ(parsed({"now-7d", "", ""}), Range(7 * 86'400, -60));
  EXPECT_EQ(parsed({"", "now-1h", ""}), Range(7200, 3600));
  EXPECT_EQ(parsed({"1795415400", "now", ""}), Range(60, 0));
}

TEST(QueryOptions, FaultsOfARangeAreWrongUsage) {
  for (const RangeOptions& options :
       {RangeOptions{"yesterday", "", ""}, RangeOptions{"", "x", ""}, RangeOptions{"", "", "soon"},
        RangeOptions{"now", "now-1s", ""}}) {
    EXPECT_TRUE(is_wrong_usage(parse_range(options, kNow).status()));
  }
}

TEST(QueryOptions, NamesKeepTheOrderOfTheirFirstMention) {
  EXPECT_THAT(without_repeats({"b", "a", "b", "c", "a"}), ElementsAre("b", "a", "c"));
}

}  // namespace
}  // namespace millrace::cli
