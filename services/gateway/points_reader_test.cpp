// SPDX-License-Identifier: Apache-2.0
#include "gateway/points_reader.h"

#include <gmock/gmock.h>

#include "gateway/epts_fixture.h"

namespace millrace::gateway {
namespace {

using query::v1::DataPointsChunk;
using query::v1::GetDataPointsRequest;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class PointsReaderOf : public EptsFixture {
 protected:
  static EptsDataRequest request(std::vector<std::string> endpoints,
                                 std::vector<std::string> series) {
    EptsDataRequest request;
    request.application = "app";
    request.endpoint_ids = std::move(endpoints);
    request.series_names = std::move(series);
    request.range = {time::from_unix_us(-1), time::from_unix_us(1'000'001)};
    request.order = query::v1::ORDER_DESCENDING;
    return request;
  }

  // A chunk for each endpoint and series asked for, in order; what is asked is kept in `asked`.
  void query_answers() {
    query.on_stream<GetDataPointsRequest>("GetDataPoints", [this](const GetDataPointsRequest& one) {
      asked.push_back(one);
      FakeUpstream::Played played;
      for (const std::string& endpoint : one.endpoint_ids()) {
        for (const std::string& series : one.time_series_names()) {
          played.messages.push_back(chunk(endpoint, series).SerializeAsString());
        }
      }
      return played;
    });
  }

  // "endpoint/series" of each chunk.
  absl::StatusOr<std::vector<std::string>> read(PointsReader& reader) {
    std::vector<std::string> seen;
    while (true) {
      absl::StatusOr<std::optional<DataPointsChunk>> next;
      reader.next(
          [&next](absl::StatusOr<std::optional<DataPointsChunk>> one) { next = std::move(one); });
      if (!next.ok()) return next.status();
      if (!next->has_value()) return seen;
      seen.push_back(fmt::format("{}/{}", (*next)->endpoint_id(), (*next)->time_series_name()));
    }
  }

  std::vector<GetDataPointsRequest> asked;
};

TEST_F(PointsReaderOf, OneCallHasAllThatFits) {
  query_answers();
  const auto reader = std::make_shared<PointsReader>(calls, request({"b", "a"}, {"s", "t"}));
  EXPECT_THAT(*read(*reader), ElementsAre("b/s", "b/t", "a/s", "a/t"));
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].application_name(), "app");
  EXPECT_EQ(asked[0].from().seconds(), -1);
  EXPECT_EQ(asked[0].from().nanos(), 999'999'000);
  EXPECT_EQ(asked[0].to().seconds(), 1);
  EXPECT_EQ(asked[0].to().nanos(), 1000);
  EXPECT_EQ(asked[0].include_time(), query::v1::INCLUDE_TIME_FROM);
  EXPECT_EQ(asked[0].order(), query::v1::ORDER_DESCENDING);
  EXPECT_EQ(query.calls[0].timeout.count(), 0);
  EXPECT_EQ(query.open_streams, 1);
}

TEST_F(PointsReaderOf, AllEndpointsAreReadAThousandAtATime) {
  query_answers();
  has_endpoints(2500, 1000);
  const auto reader = std::make_shared<PointsReader>(calls, request({}, {"s"}));
  EXPECT_THAT(*read(*reader), SizeIs(2500));
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_EQ(asked[2].endpoint_ids_size(), 500);
  EXPECT_EQ(query.open_streams, 1);
}

TEST_F(PointsReaderOf, ManySeriesAreReadEndpointByEndpoint) {
  query_answers();
  std::vector<std::string> series;
  for (int i = 0; i < 1500; ++i) series.push_back(fmt::format("s{}", i));
  const auto reader = std::make_shared<PointsReader>(calls, request({"a", "b"}, series));
  const auto seen = read(*reader);
  ASSERT_THAT(*seen, SizeIs(3000));
  EXPECT_EQ(seen->at(1499), "a/s1499");
  EXPECT_EQ(seen->at(1500), "b/s0");
  ASSERT_THAT(asked, SizeIs(4));
  EXPECT_EQ(asked[1].time_series_names_size(), 500);
}

TEST_F(PointsReaderOf, NoEndpointsAreNoPoints) {
  has_endpoints(0, 10);
  const auto reader = std::make_shared<PointsReader>(calls, request({}, {"s"}));
  EXPECT_THAT(*read(*reader), IsEmpty());
  EXPECT_THAT(query.calls, IsEmpty());
}

TEST_F(PointsReaderOf, WhatBreaksOffIsAskedForBehindWhatCame) {
  query.on_stream<GetDataPointsRequest>("GetDataPoints", [this](const GetDataPointsRequest& one) {
    asked.push_back(one);
    if (one.resume_token().empty()) {
      return FakeUpstream::Played{{chunk("a", "s", 1, "first").SerializeAsString()},
                                  absl::UnavailableError("restarting")};
    }
    return FakeUpstream::Played{{chunk("a", "t", 1, "second").SerializeAsString()}};
  });
  const auto reader = std::make_shared<PointsReader>(calls, request({"a"}, {"s", "t"}));
  EXPECT_THAT(*read(*reader), ElementsAre("a/s", "a/t"));
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[1].resume_token(), "first");
}

TEST_F(PointsReaderOf, ItIsAskedForOnceWithoutProgressAndAgainAfterSome) {
  int failures = 0;
  query.on_stream<GetDataPointsRequest>("GetDataPoints", [&](const GetDataPointsRequest&) {
    ++failures;
    FakeUpstream::Played played{{}, absl::DeadlineExceededError("call-timeout")};
    if (failures <= 3) played.messages.push_back(chunk("a", "s").SerializeAsString());
    return played;
  });
  const auto reader = std::make_shared<PointsReader>(calls, request({"a"}, {"s"}));
  EXPECT_TRUE(absl::IsDeadlineExceeded(read(*reader).status()));
  EXPECT_EQ(failures, 4);
}

TEST_F(PointsReaderOf, WhatNeverBeganAndOtherFailuresAreToldAtOnce) {
  absl::Status failure = absl::UnavailableError("away");
  std::vector<std::string> messages;
  query.on_stream<GetDataPointsRequest>("GetDataPoints", [&](const GetDataPointsRequest&) {
    return FakeUpstream::Played{messages, failure};
  });
  EXPECT_TRUE(absl::IsUnavailable(
      read(*std::make_shared<PointsReader>(calls, request({"a"}, {"s"}))).status()));
  EXPECT_THAT(query.calls, SizeIs(1));
  failure = absl::PermissionDeniedError("revoked");
  messages = {chunk("a", "s").SerializeAsString()};
  EXPECT_TRUE(absl::IsPermissionDenied(
      read(*std::make_shared<PointsReader>(calls, request({"a"}, {"s"}))).status()));
  EXPECT_THAT(query.calls, SizeIs(2));
}

TEST_F(PointsReaderOf, CancelEndsTheCallAndTheReading) {
  query_answers();
  const auto reader = std::make_shared<PointsReader>(calls, request({"a", "b"}, {"s"}));
  reader->next([](absl::StatusOr<std::optional<DataPointsChunk>>) {});
  reader->cancel();
  EXPECT_EQ(query.cancelled, 1);
  EXPECT_TRUE(absl::IsCancelled(read(*reader).status()));
}

TEST_F(PointsReaderOf, BytesThatAreNoChunkAreAFailure) {
  query.on_stream<GetDataPointsRequest>("GetDataPoints", [](const GetDataPointsRequest&) {
    return FakeUpstream::Played{{"\xff\xff"}};
  });
  const auto reader = std::make_shared<PointsReader>(calls, request({"a"}, {"s"}));
  EXPECT_TRUE(absl::IsDataLoss(read(*reader).status()));
}

}  // namespace
}  // namespace millrace::gateway
