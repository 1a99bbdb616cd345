// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/time_series/itest_database.h"
#include "lib/time_series/layout_catalogue.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;

std::string text_of(std::vector<std::int32_t> keys) {
  return layout_text(keys);
}

class LayoutCatalogueTest : public testing::Test {
 protected:
  Application& application(const std::string& name) { return **series_.application(name); }

  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  SeriesCatalogue series_{*connection_, 100};
};

TEST(LayoutText, NamesTheKeysInOrder) {
  EXPECT_EQ(text_of({1, 20, 3}), "1,20,3|");
  EXPECT_TRUE(is_single("17|"));
  EXPECT_TRUE(is_single("|17"));
  EXPECT_FALSE(is_single("1,7|"));
  EXPECT_FALSE(is_single("1|7"));
}

TEST_F(LayoutCatalogueTest, MakesALayoutOnceAndFindsItAgain) {
  LayoutCatalogue first(*connection_, 100);
  LayoutCatalogue second(*connection_, 100);
  Application& app = application("lc-once");
  const auto made = first.keys(app, {text_of({1, 2}), text_of({1, 3}), text_of({1, 2})});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->size(), 2U);
  EXPECT_EQ(*second.keys(app, {text_of({1, 2}), text_of({1, 3})}), *made);
  EXPECT_EQ(*first.keys(app, {text_of({1, 2}), text_of({1, 3})}), *made);
}

TEST_F(LayoutCatalogueTest, FindsWithoutMaking) {
  LayoutCatalogue layouts(*connection_, 100);
  Application& app = application("lc-existing");
  const auto made = layouts.keys(app, {text_of({1, 2})});
  EXPECT_EQ(*layouts.existing(app, {text_of({1, 2}), text_of({1, 3})}), *made);
  EXPECT_TRUE(layouts.existing(app, {text_of({1, 3})})->empty());
}

TEST_F(LayoutCatalogueTest, StoresTheKeysForReaders) {
  LayoutCatalogue layouts(*connection_, 100);
  const auto made = layouts.keys(application("lc-readers"), {text_of({5, 6, 70})});
  const auto row = connection_->execute(
      "SELECT number_keys, text_keys, digest = sha256('5,6,70|'::bytea) FROM time_series.layout"
      " WHERE layout_key = $1",
      {postgres::to_param(made->begin()->second)});
  ASSERT_TRUE(row.ok());
  EXPECT_THAT(row->int4_array(0, 0), ElementsAre(5, 6, 70));
  EXPECT_TRUE(row->int4_array(0, 1).empty());
  EXPECT_TRUE(row->boolean(0, 2));
}

TEST_F(LayoutCatalogueTest, KeepsApplicationsApart) {
  LayoutCatalogue layouts(*connection_, 100);
  Application one = application("lc-one");
  Application other = application("lc-other");
  EXPECT_NE(layouts.keys(one, {text_of({1, 2})})->begin()->second,
            layouts.keys(other, {text_of({1, 2})})->begin()->second);
}

TEST_F(LayoutCatalogueTest, StopsAtTheBoundButAlwaysMakesLayoutsOfOneValue) {
  LayoutCatalogue layouts(*connection_, 2);
  Application& app = application("lc-bound");
  const auto made = layouts.keys(
      app, {text_of({1, 2}), text_of({1, 3}), text_of({1, 4}), text_of({1}), text_of({2})});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->size(), 4U);
  EXPECT_FALSE(made->contains(text_of({1, 4})));
  EXPECT_TRUE(app.layouts_full);
  EXPECT_TRUE(layouts.keys(app, {text_of({9, 10})})->empty());
  EXPECT_EQ(layouts.keys(app, {text_of({1, 2}), text_of({9})})->size(), 2U);
}

TEST_F(LayoutCatalogueTest, MakesNoCombinationWhenTheBoundIsZero) {
  LayoutCatalogue layouts(*connection_, 0);
  const auto made = layouts.keys(application("lc-zero"), {text_of({1, 2}), text_of({1})});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->size(), 1U);
}

TEST_F(LayoutCatalogueTest, ReplicasAgreeOnKeysAndOnTheBound) {
  constexpr std::size_t kReplicas = 4;
  std::vector<std::map<std::string, std::int32_t>> seen(kReplicas);
  {
    std::vector<std::jthread> replicas;
    for (std::size_t replica = 0; replica < kReplicas; ++replica) {
      replicas.emplace_back([replica, &seen] {
        const auto connection = itest_connect();
        SeriesCatalogue series(*connection, 100);
        LayoutCatalogue layouts(*connection, 50);
        Application& app = **series.application("lc-race");
        for (std::int32_t i = 0; i < 100; ++i) {
          const auto keys = layouts.keys(app, {text_of({1, 2 + i}), text_of({i})});
          if (keys.ok()) seen[replica].insert(keys->begin(), keys->end());
        }
      });
    }
  }
  for (const auto& one : seen) {
    EXPECT_EQ(one.size(), 150U);
    EXPECT_EQ(one, seen[0]);
  }
}

TEST_F(LayoutCatalogueTest, TakesMoreLayoutsThanOneStatement) {
  LayoutCatalogue layouts(*connection_, 5000);
  std::vector<std::string> texts;
  for (std::int32_t i = 0; i < 2500; ++i) texts.push_back(text_of({i, i + 1}));
  const auto made = layouts.keys(application("lc-many"), texts);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->size(), 2500U);
}

}  // namespace
}  // namespace millrace::time_series
