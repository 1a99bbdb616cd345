// SPDX-License-Identifier: Apache-2.0
#include "gateway/upstreams.h"

#include <gtest/gtest.h>

#include "gateway/caller_fixture.h"

namespace millrace::gateway {
namespace {

constexpr char kTrace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

rpc::Metadata metadata_of(std::initializer_list<std::pair<const char*, const char*>> headers) {
  http::Request request;
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return forwarded_metadata(request);
}

TEST(Upstreams, AServiceHasOneServer) {
  PlayedCaller query;
  PlayedCaller registry;
  const Upstreams upstreams(query, registry);
  EXPECT_EQ(upstreams.of_service("millrace.query.v1.Query"), &query);
  EXPECT_EQ(upstreams.of_service("millrace.registry.v1.Registry"), &registry);
  EXPECT_EQ(upstreams.of_service("grpc.health.v1.Health"), nullptr);
  EXPECT_EQ(&upstreams.query(), &query);
  EXPECT_EQ(&upstreams.registry(), &registry);
}

TEST(Upstreams, KeyAndTraceGoOnAndNothingElse) {
  EXPECT_EQ(metadata_of({{"Authorization", "Bearer k"},
                         {"Cookie", "a=b"},
                         {"User-Agent", "x"},
                         {"traceparent", kTrace}}),
            (rpc::Metadata{{"authorization", "Bearer k"}, {"traceparent", kTrace}}));
  EXPECT_EQ(metadata_of({{"traceparent", "nonsense"}}), rpc::Metadata{});
}

TEST(Upstreams, KaasNameOfTheKeyIsTaken) {
  EXPECT_EQ(metadata_of({{"X-IAMCore-API-Key", "k"}}), (rpc::Metadata{{"api-key", "k"}}));
  EXPECT_EQ(metadata_of({{"api-key", "a"}, {"x-iamcore-api-key", "b"}}),
            (rpc::Metadata{{"api-key", "a"}}));
}

}  // namespace
}  // namespace millrace::gateway
