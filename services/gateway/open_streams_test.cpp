// SPDX-License-Identifier: Apache-2.0
#include "gateway/open_streams.h"

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

class Endless final : public OpenStream {
 public:
  void end(const absl::Status& status) override { ended = status; }
  absl::Status ended;
};

TEST(OpenStreams, AStopEndsThemAndLetsNoneIn) {
  metrics::Registry metrics;
  OpenStreams streams(metrics);
  const auto first = std::make_shared<Endless>();
  const auto gone = std::make_shared<Endless>();
  EXPECT_TRUE(streams.enter(first));
  EXPECT_TRUE(streams.enter(gone));
  streams.leave(gone.get());
  streams.leave(gone.get());
  streams.stop(std::chrono::milliseconds{1});
  EXPECT_EQ(first->ended.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(gone->ended.ok());
  EXPECT_FALSE(streams.enter(gone));
}

TEST(OpenStreams, AreCounted) {
  metrics::Registry metrics;
  OpenStreams streams(metrics);
  const auto one = std::make_shared<Endless>();
  EXPECT_TRUE(streams.enter(one));
  EXPECT_NE(metrics.expose().find("millrace_gateway_streams 1"), std::string::npos);
  streams.leave(one.get());
  EXPECT_NE(metrics.expose().find("millrace_gateway_streams 0"), std::string::npos);
}

TEST(OpenStreams, AStopWaitsForNobodyWhenThereIsNone) {
  metrics::Registry metrics;
  OpenStreams streams(metrics);
  streams.stop(std::chrono::hours{1});
  EXPECT_FALSE(streams.enter(std::make_shared<Endless>()));
}

}  // namespace
}  // namespace millrace::gateway
