// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/time_series/endpoint_catalogue.h"
#include "lib/time_series/endpoint_usage.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/layout_catalogue.h"
#include "lib/time_series/series_catalogue.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// At most 4 values and 2 layouts an endpoint.
class EndpointUsageTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    application_ = *series_.application(fmt::format("eu-{}", test->name()));
  }
  std::int32_t endpoint(const std::string& id) {
    std::int32_t key = 0;
    EXPECT_TRUE(endpoints_.fill_keys({{application_->key, id, &key}}).ok());
    return key;
  }
  // Gives the endpoint a layout of these values, which are no real ones.
  void give(std::int32_t endpoint_key, const std::vector<std::int32_t>& values) {
    const auto made = layouts_.keys(*application_, {layout_text(values)});
    ASSERT_TRUE(made.ok()) << made.status();
    ASSERT_TRUE(endpoints_.record({{endpoint_key, made->begin()->second}}).ok());
  }
  std::set<std::int32_t> may_exceed(const EndpointUsage::Demands& demands) {
    const auto exceeding = usage_.may_exceed(demands);
    EXPECT_TRUE(exceeding.ok()) << exceeding.status();
    return *exceeding;
  }

  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  SeriesCatalogue series_{*connection_, 100};
  LayoutCatalogue layouts_{*connection_, 100};
  EndpointCatalogue endpoints_{*connection_, 100};
  EndpointUsage usage_{*connection_, {4, 2}};
  Application* application_ = nullptr;
};

TEST_F(EndpointUsageTest, SuspectsEndpointsByASumThatIsNeverTooLow) {
  const std::int32_t fresh = endpoint("new");
  const std::int32_t narrow = endpoint("narrow");
  const std::int32_t wide = endpoint("wide");
  give(narrow, {1});
  give(wide, {1, 2, 3});
  EXPECT_THAT(may_exceed({{fresh, {4, 2}}, {narrow, {3, 2}}, {wide, {1, 1}}}), IsEmpty());
  EXPECT_THAT(may_exceed({{fresh, {5, 1}}}), ElementsAre(fresh));
  EXPECT_THAT(may_exceed({{fresh, {4, 3}}}), ElementsAre(fresh));
  EXPECT_THAT(may_exceed({{narrow, {3, 2}}, {wide, {2, 1}}}), ElementsAre(wide));
  EXPECT_THAT(may_exceed({{wide, {1, 2}}}), ElementsAre(wide));
}

TEST_F(EndpointUsageTest, ReadsEachValueOnceAndLayoutsOfSeveral) {
  const std::int32_t key = endpoint("ep");
  give(key, {1, 2});
  give(key, {2, 3});
  give(key, {3});
  const auto exact = usage_.read(key);
  ASSERT_TRUE(exact.ok()) << exact.status();
  EXPECT_THAT((*exact)->values, ElementsAre(1, 2, 3));
  EXPECT_EQ((*exact)->layouts.size(), 2U);
  EXPECT_TRUE(*usage_.has_value_room(key, **exact));
  EXPECT_FALSE(*usage_.has_layout_room(key, **exact));
  (*exact)->new_names.insert("fourth");
  EXPECT_FALSE(*usage_.has_value_room(key, **exact));
}

TEST_F(EndpointUsageTest, RemembersOnlyEndpointsAtABound) {
  const std::int32_t key = endpoint("ep");
  const std::int32_t other = endpoint("other");
  give(key, {1, 2, 3, 4});
  give(other, {1, 2});
  usage_.begin();
  ASSERT_TRUE(usage_.read(key).ok());
  ASSERT_TRUE(usage_.read(other).ok());
  usage_.finish();
  usage_.begin();
  EXPECT_NE(usage_.find_bounded(key), nullptr);
  EXPECT_EQ(usage_.find_bounded(other), nullptr);
}

TEST_F(EndpointUsageTest, ReadsAgainBeforeItRefusesOnWhatItOnlyCounted) {
  const std::int32_t key = endpoint("ep");
  give(key, {1, 2});
  give(key, {1, 3});
  usage_.begin();
  ASSERT_TRUE(usage_.read(key).ok());  // full of layouts, not of values
  usage_.finish();
  usage_.begin();
  EndpointUsage::Exact* exact = usage_.find_bounded(key);
  ASSERT_NE(exact, nullptr);
  exact->values.insert(-1);  // counted in a batch that failed afterwards, say
  give(key, {4});
  EXPECT_FALSE(*usage_.has_value_room(key, *exact));
  EXPECT_THAT(exact->values, testing::Contains(4)) << "it was read";
}

TEST_F(EndpointUsageTest, ForgetsWhatAnUnfinishedBatchAdded) {
  const std::int32_t key = endpoint("ep");
  give(key, {1, 2});
  usage_.begin();
  (*usage_.read(key))->new_names.insert("lost");
  usage_.begin();
  EXPECT_EQ(usage_.find_bounded(key), nullptr);
}

}  // namespace
}  // namespace millrace::time_series
