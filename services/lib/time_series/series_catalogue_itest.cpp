// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "lib/time_series/itest_database.h"
#include "lib/time_series/series_catalogue.h"

namespace millrace::time_series {
namespace {

std::vector<std::string> names(const std::string& prefix, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    append_value_name(names.emplace_back(), ValueType::kNumber, prefix, std::to_string(i));
  }
  return names;
}

absl::Status make(SeriesCatalogue& catalogue, const std::string& application,
                  const std::vector<std::string>& texts) {
  auto found = catalogue.application(application);
  if (!found.ok()) return found.status();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return catalogue.make_values(**found, views);
}

class SeriesCatalogueTest : public testing::Test {
 protected:
  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
};

TEST_F(SeriesCatalogueTest, GivesAnApplicationTheSameKeyEachTime) {
  SeriesCatalogue first(*connection_, 100);
  SeriesCatalogue second(*connection_, 100);
  const auto a = first.application("sc-same");
  const auto b = second.application("sc-same");
  const auto other = second.application("sc-other");
  ASSERT_TRUE(a.ok() && b.ok() && other.ok());
  EXPECT_EQ((*a)->key, (*b)->key);
  EXPECT_NE((*a)->key, (*other)->key);
}

TEST_F(SeriesCatalogueTest, MakesValuesOnceAndFindsThemAgain) {
  SeriesCatalogue catalogue(*connection_, 100);
  ASSERT_TRUE(make(catalogue, "sc-values", names("s", 3)).ok());
  ASSERT_TRUE(make(catalogue, "sc-values", names("s", 5)).ok());
  const auto keys = (*catalogue.application("sc-values"))->value_keys;
  EXPECT_EQ(keys.size(), 5U);
  SeriesCatalogue later(*connection_, 100);
  EXPECT_EQ((*later.application("sc-values"))->value_keys, keys);
}

TEST_F(SeriesCatalogueTest, KeepsTypesAndValuesOfASeriesApart) {
  SeriesCatalogue catalogue(*connection_, 100);
  std::vector<std::string> texts(3);
  append_value_name(texts[0], ValueType::kNumber, "", "s", "v");
  append_value_name(texts[1], ValueType::kString, "", "s", "v");
  append_value_name(texts[2], ValueType::kNumber, "", "s", "w");
  ASSERT_TRUE(make(catalogue, "sc-types", texts).ok());
  EXPECT_EQ((*catalogue.application("sc-types"))->value_keys.size(), 3U);
}

TEST_F(SeriesCatalogueTest, StopsAtTheBound) {
  SeriesCatalogue catalogue(*connection_, 4);
  const std::vector<std::string> six = names("s", 6);
  ASSERT_TRUE(make(catalogue, "sc-bound", six).ok());
  const auto application = *catalogue.application("sc-bound");
  EXPECT_TRUE(application->series_full);
  EXPECT_EQ(application->value_keys.size(), 4U);
  EXPECT_TRUE(application->value_keys.contains(six[3]));
  EXPECT_FALSE(application->value_keys.contains(six[4]));
  SeriesCatalogue later(*connection_, 4);
  EXPECT_TRUE((*later.application("sc-bound"))->series_full);
}

TEST_F(SeriesCatalogueTest, ReplicasAgreeOnKeysAndOnTheBound) {
  constexpr int kReplicas = 4;
  constexpr std::size_t kBound = 150;
  std::atomic<int> failures{0};
  std::vector<std::set<std::pair<std::string, std::int32_t>>> seen(kReplicas);
  {
    std::vector<std::jthread> replicas;
    for (int replica = 0; replica < kReplicas; ++replica) {
      replicas.emplace_back([replica, &failures, &seen] {
        const auto connection = itest_connect();
        SeriesCatalogue catalogue(*connection, kBound);
        for (int i = 1; i <= 20; ++i) {
          if (!make(catalogue, "sc-race", names("s", 10 * i)).ok()) ++failures;
        }
        for (const auto& [name, key] : (*catalogue.application("sc-race"))->value_keys) {
          seen[static_cast<std::size_t>(replica)].emplace(name, key);
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  for (const auto& one : seen) {
    EXPECT_EQ(one.size(), kBound);
    EXPECT_EQ(one, seen[0]);
  }
}

TEST_F(SeriesCatalogueTest, LeavesNothingHalfDoneWhenTheConnectionBreaks) {
  SeriesCatalogue catalogue(*connection_, 100);
  ASSERT_TRUE(catalogue.application("sc-broken").ok());
  const auto pid = connection_->execute("SELECT pg_backend_pid()");
  const auto killer = itest_connect();
  ASSERT_TRUE(
      killer->execute("SELECT pg_terminate_backend($1)", {postgres::to_param(pid->int4(0, 0))})
          .ok());
  EXPECT_TRUE(absl::IsUnavailable(make(catalogue, "sc-broken", names("s", 2))));
  EXPECT_TRUE((*catalogue.application("sc-broken"))->value_keys.empty());
}

}  // namespace
}  // namespace millrace::time_series
