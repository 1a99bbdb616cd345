// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/time_series/endpoint_catalogue.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/layout_catalogue.h"
#include "lib/time_series/series_catalogue.h"

namespace millrace::time_series {
namespace {

std::vector<std::int32_t> keys_of(EndpointCatalogue& catalogue, std::int32_t application_key,
                                  const std::vector<std::string>& endpoints) {
  std::vector<std::int32_t> keys(endpoints.size(), 0);
  std::vector<EndpointCatalogue::Wanted> wanted;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    wanted.push_back({application_key, endpoints[i], &keys[i]});
  }
  EXPECT_TRUE(catalogue.fill_keys(wanted).ok());
  return keys;
}

std::vector<std::string> ids(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) ids.push_back(fmt::format("endpoint-{}", i));
  return ids;
}

class EndpointCatalogueTest : public testing::Test {
 protected:
  std::int32_t application(const std::string& name) {
    SeriesCatalogue series(*connection_, 100);
    return (*series.application(name))->key;
  }
  std::int64_t count(const std::string& sql, std::int32_t parameter) {
    return connection_->execute(sql, {postgres::to_param(parameter)})->int8(0, 0);
  }

  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
};

TEST_F(EndpointCatalogueTest, GivesEachEndpointAKeyOfItsOwnThatStays) {
  const std::int32_t app = application("ec-keys");
  EndpointCatalogue first(*connection_, 100);
  EndpointCatalogue second(*connection_, 100);
  const auto keys = keys_of(first, app, {"b", "a", "b", "c"});
  EXPECT_EQ(keys[0], keys[2]);
  EXPECT_NE(keys[0], keys[1]);
  EXPECT_EQ(keys_of(second, app, {"b", "a", "b", "c"}), keys);
  EXPECT_NE(keys_of(second, application("ec-other"), {"a"})[0], keys[1]);
}

TEST_F(EndpointCatalogueTest, FindsEndpointsItHasForgotten) {
  const std::int32_t app = application("ec-forget");
  EndpointCatalogue catalogue(*connection_, 10);
  const auto keys = keys_of(catalogue, app, ids(100));
  EXPECT_EQ(keys_of(catalogue, app, ids(100)), keys);
  EXPECT_EQ(count("SELECT count(*) FROM time_series.endpoint WHERE application_key = $1", app),
            100);
}

TEST_F(EndpointCatalogueTest, TakesMoreEndpointsThanOneStatement) {
  const std::int32_t app = application("ec-many");
  EndpointCatalogue catalogue(*connection_, 100'000);
  auto keys = keys_of(catalogue, app, ids(25'000));
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

TEST_F(EndpointCatalogueTest, ReplicasThatMakeTheSameEndpointsAgreeAndNeverDeadlock) {
  const std::int32_t app = application("ec-race");
  std::vector<std::vector<std::int32_t>> seen(4);
  {
    std::vector<std::jthread> replicas;
    for (std::size_t replica = 0; replica < seen.size(); ++replica) {
      replicas.emplace_back([replica, app, &seen] {
        const auto connection = itest_connect();
        EndpointCatalogue catalogue(*connection, 100'000);
        std::vector<std::string> endpoints = ids(2000);
        std::shuffle(endpoints.begin(), endpoints.end(), std::mt19937(replica));
        for (std::size_t i = 0; i < endpoints.size(); i += 100) {
          const auto begin = endpoints.begin() + static_cast<std::ptrdiff_t>(i);
          keys_of(catalogue, app, {begin, begin + 100});
        }
        seen[replica] = keys_of(catalogue, app, ids(2000));
      });
    }
  }
  for (const auto& one : seen) EXPECT_EQ(one, seen[0]);
}

TEST_F(EndpointCatalogueTest, RecordsLayoutsOfEndpointsOnce) {
  SeriesCatalogue series(*connection_, 100);
  LayoutCatalogue layouts(*connection_, 100);
  Application& app = **series.application("ec-layouts");
  const std::int32_t layout = layouts.keys(app, {"1,2|"})->begin()->second;
  EndpointCatalogue catalogue(*connection_, 100);
  const auto keys = keys_of(catalogue, app.key, {"a", "b"});
  EXPECT_FALSE(catalogue.is_recorded({keys[0], layout}));
  ASSERT_TRUE(catalogue.record({{keys[1], layout}, {keys[0], layout}, {keys[1], layout}}).ok());
  EXPECT_TRUE(catalogue.is_recorded({keys[0], layout}));
  EndpointCatalogue later(*connection_, 100);
  ASSERT_TRUE(later.find_recorded({{keys[0], layout}, {keys[0], layout + 1}}).ok());
  EXPECT_TRUE(later.is_recorded({keys[0], layout}));
  EXPECT_FALSE(later.is_recorded({keys[0], layout + 1}));
  ASSERT_TRUE(later.record({{keys[0], layout}}).ok());
  EXPECT_EQ(count("SELECT count(*) FROM time_series.endpoint_layout WHERE layout_key = $1", layout),
            2);
}

}  // namespace
}  // namespace millrace::time_series
