// SPDX-License-Identifier: Apache-2.0
#include "gateway/points_body.h"

#include <gmock/gmock.h>

#include "gateway/epts_fixture.h"

namespace millrace::gateway {
namespace {

using query::v1::GetDataPointsRequest;
using testing::EndsWith;
using testing::Le;
using testing::StartsWith;

class PointsBodyOf : public EptsFixture {
 protected:
  // Of one call that brings so many chunks and then ends.
  std::shared_ptr<PointsBody> body_of(int chunks, int points, absl::Status end = absl::OkStatus()) {
    FakeUpstream::Played played{{}, std::move(end)};
    for (int i = 0; i < chunks; ++i) {
      played.messages.push_back(chunk("e", "s", points).SerializeAsString());
    }
    query.on_stream<GetDataPointsRequest>("GetDataPoints",
                                          [played](const GetDataPointsRequest&) { return played; });
    EptsDataRequest request;
    request.endpoint_ids = {"e"};
    request.series_names = {"s"};
    return std::make_shared<PointsBody>(std::make_shared<PointsReader>(calls, request),
                                        points_as_json(TimeUnit::kMicroseconds));
  }
};

TEST_F(PointsBodyOf, SmallChunksGoTogether) {
  const auto body = body_of(100, 1);
  const auto text = all_of(*body);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(pieces, 1);
  EXPECT_TRUE(body->at_end());
  EXPECT_THAT(*text, StartsWith(R"([{"e":{"s":[{"timestamp":"1970-01-01T00:00:00Z")"));
  EXPECT_THAT(*text, EndsWith("]}}]"));
}

TEST_F(PointsBodyOf, LargeChunksAreCutAndReadOnlyWhenTheyAreWanted) {
  const auto body = body_of(3, 10'000);
  std::size_t first = 0;
  body->next(
      [&first](absl::StatusOr<std::optional<std::string>> piece) { first = (*piece)->size(); });
  EXPECT_GE(first, kPieceBytes);
  EXPECT_THAT(first, Le(kPieceBytes + 200));
  EXPECT_EQ(query.messages_read, 1);
  EXPECT_FALSE(body->at_end());
  EXPECT_TRUE(all_of(*body).ok());
  EXPECT_EQ(query.messages_read, 3);
  EXPECT_GT(pieces, 20);
}

TEST_F(PointsBodyOf, WhatFailsInTheMiddleEndsIt) {
  const auto text = all_of(*body_of(2, 10'000, absl::InternalError("broken")));
  EXPECT_TRUE(absl::IsInternal(text.status())) << text.status();
}

TEST_F(PointsBodyOf, CancelEndsTheCallBehindIt) {
  const auto body = body_of(3, 10'000);
  body->next([](absl::StatusOr<std::optional<std::string>>) {});
  body->cancel();
  EXPECT_EQ(query.cancelled, 1);
}

}  // namespace
}  // namespace millrace::gateway
