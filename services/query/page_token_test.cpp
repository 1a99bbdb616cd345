// SPDX-License-Identifier: Apache-2.0
#include "query/page_token.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

using testing::HasSubstr;

v1::GetDataPointsRequest points_request() {
  v1::GetDataPointsRequest request;
  request.set_application_name("demo");
  request.add_endpoint_ids("ep");
  request.add_time_series_names("auto~a");
  request.mutable_from()->set_seconds(1);
  return request;
}

const time_series::RangePosition kPosition{3, "auto~ä", time::from_unix_us(-17)};

std::string why_refused(const std::string& token, const std::string& digest) {
  const auto read = read_resume_token(token, digest);
  EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
  return error::message(read.status());
}

TEST(PageToken, AResumeTokenGivesThePositionBack) {
  const std::string digest = digest_of(points_request());
  EXPECT_EQ(*read_resume_token(make_resume_token(digest, kPosition), digest), kPosition);
}

TEST(PageToken, APageTokenGivesThePositionBack) {
  const std::string digest = digest_of(v1::ListRejectedSamplesRequest());
  const time_series::RejectedPosition position{time::from_unix_us(1'793'491'200'000'001),
                                               (std::int64_t{1} << 62) + 5, "ep"};
  EXPECT_EQ(*read_page_token(make_page_token(digest, position), digest), position);
}

TEST(PageToken, AnAggregateTokenGivesThePositionBack) {
  const std::string digest = digest_of(v1::AggregateRequest());
  // A window may begin long before the first time that a point can have.
  const AggregatePosition position{7,
                                   "auto~ä",
                                   {"value", time_series::ValueType::kString},
                                   time::from_unix_us(-70'000'000'000'000'000),
                                   time::from_unix_us(-62'135'596'800'000'000)};
  EXPECT_EQ(*read_aggregate_token(make_aggregate_token(digest, position), digest), position);
  EXPECT_FALSE(read_aggregate_token(make_resume_token(digest, kPosition), digest).ok());
  EXPECT_FALSE(read_resume_token(make_aggregate_token(digest, position), digest).ok());
}

TEST(PageToken, ATimeTokenGivesTheTimeBackToItsOwnRequestOnly) {
  const std::string digest = digest_of_text("a request");
  const auto time = time::from_unix_us(1'793'491'200'000'001);
  const std::string token = make_time_token(digest, time);
  EXPECT_EQ(*read_time_token(token, digest), time);
  EXPECT_FALSE(read_time_token(token, digest_of_text("another")).ok());
  EXPECT_FALSE(read_resume_token(token, digest).ok());
}

TEST(PageToken, TokensNeedNoEscapingInUrls) {
  const std::string token = make_resume_token(digest_of(points_request()), kPosition);
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                    "-_="),
            std::string::npos);
}

TEST(PageToken, EveryChangedByteIsFound) {
  const std::string digest = digest_of(points_request());
  const std::string token = make_resume_token(digest, kPosition);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    // The last character may hold bits that count for nothing.
    const auto read = read_resume_token(changed, digest);
    if (read.ok()) {
      EXPECT_EQ(i, token.size() - 1);
    }
  }
}

TEST(PageToken, CutAndForeignTokensAreRefused) {
  const std::string digest = digest_of(points_request());
  const std::string token = make_resume_token(digest, kPosition);
  for (std::size_t length = 0; length + 1 < token.size(); ++length) {
    EXPECT_FALSE(read_resume_token(token.substr(0, length), digest).ok()) << length;
  }
  EXPECT_THAT(why_refused("not a token!", digest), HasSubstr("no token of this service"));
  EXPECT_THAT(why_refused(std::string(10'000, 'A'), digest), HasSubstr("no token"));
}

TEST(PageToken, ATimeThatNoPointHasIsRefused) {
  const std::string digest = digest_of(points_request());
  for (const std::int64_t us :
       {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    const auto time = time::from_unix_us(us);
    EXPECT_FALSE(read_resume_token(make_resume_token(digest, {0, "s", time}), digest).ok());
    EXPECT_FALSE(read_page_token(make_page_token(digest, {time, 1, "e"}), digest).ok());
  }
}

TEST(PageToken, ATokenOfAnotherMethodIsRefused) {
  const std::string digest = digest_of(points_request());
  const std::string token = make_page_token(digest, {time::from_unix_us(1), 1, "ep"});
  EXPECT_THAT(why_refused(token, digest), HasSubstr("another method"));
}

TEST(PageToken, ATokenOfAnotherRequestIsRefused) {
  v1::GetDataPointsRequest other = points_request();
  other.mutable_from()->set_nanos(1000);
  const std::string token = make_resume_token(digest_of(other), kPosition);
  EXPECT_THAT(why_refused(token, digest_of(points_request())), HasSubstr("another request"));
}

TEST(PageToken, LimitAndTokenMayChangeBetweenPages) {
  v1::GetDataPointsRequest next = points_request();
  next.set_limit(7);
  next.set_resume_token("x");
  EXPECT_EQ(digest_of(next), digest_of(points_request()));
  v1::ListRejectedSamplesRequest page;
  page.set_page_size(7);
  page.set_page_token("x");
  EXPECT_EQ(digest_of(page), digest_of(v1::ListRejectedSamplesRequest()));
}

TEST(PageToken, TokensStayReadableAcrossReleases) {
  // Made by the first release: a token that a client keeps must not become another one's.
  EXPECT_EQ(make_resume_token("12345678", {1, "s", time::from_unix_us(2)}),
            "AXIxMjM0NTY3OAAAAAAAAAABAAAAAAAAAAJziVM7YkI2SKA");
}

SubscriptionPosition subscription_position() {
  SubscriptionPosition position;
  position.epoch = 7;
  position.from = time::from_unix_us(-5);
  position.below = std::int64_t{9} << 20;
  position.delivered = {{std::numeric_limits<std::uint64_t>::max(), time::from_unix_us(1), 11},
                        {3, time::from_unix_us(2), 12}};
  return position;
}

TEST(PageToken, ASubscriptionsTokenGivesThePositionBack) {
  const std::string digest = digest_of(v1::SubscribeRequest());
  SubscriptionPosition position = subscription_position();
  const std::optional<SubscriptionPosition::Reading> readings[] = {
      std::nullopt, SubscriptionPosition::Reading{20, std::nullopt},
      SubscriptionPosition::Reading{20, time_series::WritesPosition{4, time::from_unix_us(6)}}};
  for (const auto& reading : readings) {
    position.reading = reading;
    const auto read = read_subscription_token(*make_subscription_token(digest, position), digest);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->epoch, position.epoch);
    EXPECT_EQ(read->from, position.from);
    EXPECT_EQ(read->below, position.below);
    EXPECT_EQ(read->delivered, position.delivered);
    ASSERT_EQ(read->reading.has_value(), reading.has_value());
    if (!reading) continue;
    EXPECT_EQ(read->reading->below, reading->below);
    EXPECT_EQ(read->reading->behind, reading->behind);
  }
}

TEST(PageToken, ASubscriptionsTokenIsBounded) {
  const std::string digest = digest_of(v1::SubscribeRequest());
  SubscriptionPosition position = subscription_position();
  position.delivered.resize(kMaxTokenEntries);
  const auto token = make_subscription_token(digest, position);
  ASSERT_TRUE(token);
  EXPECT_EQ(read_subscription_token(*token, digest)->delivered.size(), kMaxTokenEntries);
  position.delivered.resize(kMaxTokenEntries + 1);
  EXPECT_FALSE(make_subscription_token(digest, position));
}

TEST(PageToken, ASubscriptionsTokenIsOfItsRequestWithoutToken) {
  v1::SubscribeRequest request;
  request.set_application_name("demo");
  const std::string digest = digest_of(request);
  request.set_resume_token("anything");
  EXPECT_EQ(digest_of(request), digest);
  request.add_endpoint_ids("ep");
  const auto token = make_subscription_token(digest, subscription_position());
  const auto read = read_subscription_token(*token, digest_of(request));
  EXPECT_THAT(error::message(read.status()), HasSubstr("another request"));
  EXPECT_THAT(why_refused(*token, digest), HasSubstr("another method"));
}

}  // namespace
}  // namespace millrace::query
