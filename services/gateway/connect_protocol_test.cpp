// SPDX-License-Identifier: Apache-2.0
#include "gateway/connect_protocol.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"

namespace millrace::gateway {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

http::Request with(const char* name, const char* value) {
  http::Request request;
  request.headers.add(name, value);
  return request;
}

std::string bytes(std::string_view text) {
  return std::string(text);
}

TEST(ConnectProtocol, ContentTypesSayCodecAndKind) {
  for (const bool is_stream : {false, true}) {
    for (const Codec codec : {Codec::kJson, Codec::kProto}) {
      const auto content = connect_content(content_type({codec, is_stream}));
      ASSERT_TRUE(content.has_value());
      EXPECT_EQ(content->codec, codec);
      EXPECT_EQ(content->is_stream, is_stream);
    }
  }
  EXPECT_TRUE(connect_content("Application/JSON ; charset=utf-8").has_value());
  for (const char* const other : {"", "text/plain", "application/jsonx", "application/grpc-web",
                                  "application/connect", "application/connect+xml"}) {
    EXPECT_FALSE(connect_content(other).has_value()) << other;
  }
}

TEST(ConnectProtocol, TheTimeoutIsTheClientsUpToOurs) {
  EXPECT_EQ(*connect_timeout({}, 60s), 60s);
  EXPECT_EQ(*connect_timeout({}, 0s), 0s);
  EXPECT_EQ(*connect_timeout(with("Connect-Timeout-Ms", "250"), 60s), 250ms);
  EXPECT_EQ(*connect_timeout(with("Connect-Timeout-Ms", "250000"), 60s), 60s);
  EXPECT_EQ(*connect_timeout(with("Connect-Timeout-Ms", "9999999999"), 0s), 9999999999ms);
  for (const char* const bad : {"0", "-5", "1s", "1.5", "99999999999", " 1", "0x10"}) {
    const auto timeout = connect_timeout(with("connect-timeout-ms", bad), 60s);
    EXPECT_EQ(timeout.status().code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(error::message(timeout.status()), HasSubstr(bad));
  }
}

TEST(ConnectProtocol, OnlyVersionOneIsSpoken) {
  EXPECT_TRUE(check_connect_version({}).ok());
  EXPECT_TRUE(check_connect_version(with("Connect-Protocol-Version", "1")).ok());
  EXPECT_EQ(check_connect_version(with("Connect-Protocol-Version", "2")).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ConnectProtocol, CodesHaveTheProtocolsNames) {
  EXPECT_EQ(connect_code(absl::StatusCode::kCancelled), "canceled");
  EXPECT_EQ(connect_code(absl::StatusCode::kInvalidArgument), "invalid_argument");
  EXPECT_EQ(connect_code(absl::StatusCode::kUnavailable), "unavailable");
  EXPECT_EQ(connect_code(absl::StatusCode::kUnauthenticated), "unauthenticated");
  EXPECT_EQ(connect_code(static_cast<absl::StatusCode>(99)), "unknown");
}

TEST(ConnectProtocol, AnEnvelopeIsFlagsLengthMessage) {
  EXPECT_EQ(envelope("abc"), bytes({"\0\0\0\0\3abc", 8}));
  EXPECT_EQ(*enveloped_message(envelope("abc")), "abc");
  EXPECT_EQ(*enveloped_message(envelope("")), "");
  const std::string large(70'000, 'x');
  EXPECT_EQ(*enveloped_message(envelope(large)), large);
}

TEST(ConnectProtocol, WhatIsNoSingleEnvelopeIsRefused) {
  const std::string two = envelope("a") + envelope("b");
  for (const std::string& body :
       {bytes(""), bytes({"\0\0\0\0", 4}), bytes({"\0\0\0\0\4abc", 8}), bytes({"\0\0\0\0\2abc", 8}),
        bytes({"\0\377\377\377\377", 5}), bytes({"\2\0\0\0\2{}", 7}), two}) {
    EXPECT_EQ(enveloped_message(body).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(enveloped_message({"\1\0\0\0\2{}", 7}).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(ConnectProtocol, AStreamEndsWithErrorAndTrailers) {
  EXPECT_EQ(end_of_stream(absl::OkStatus(), {}), bytes({"\2\0\0\0\2{}", 7}));
  EXPECT_EQ(end_of_stream(absl::NotFoundError("no \"a\""), {}).substr(5),
            R"({"error":{"code":"not_found","message":"no \"a\""}})");
  EXPECT_EQ(end_of_stream(absl::AbortedError("x"), {{"grpc-retry-pushback-ms", "5"}, {"b", "c"}})
                .substr(5),
            R"({"error":{"code":"aborted","message":"x"},)"
            R"("metadata":{"grpc-retry-pushback-ms":["5"],"b":["c"]}})");
  EXPECT_EQ(end_of_stream(absl::OkStatus(), {{"b", "c"}}).substr(5), R"({"metadata":{"b":["c"]}})");
}

TEST(ConnectProtocol, AUnaryErrorIsJsonWithAStatus) {
  const http::Response response =
      connect_error(error::with_retry_after(absl::ResourceExhaustedError("full"), 1200ms),
                    {{"grpc-retry-pushback-ms", "1200"}});
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, R"({"code":"resource_exhausted","message":"full"})");
  EXPECT_EQ(response.headers.get("Retry-After"), "2");
  EXPECT_EQ(response.headers.get("trailer-grpc-retry-pushback-ms"), "1200");
  EXPECT_EQ(connect_error(absl::UnavailableError("")).headers.get("Retry-After"), "1");
  EXPECT_EQ(connect_error(absl::UnauthenticatedError("")).headers.get("WWW-Authenticate"),
            "Bearer");
  EXPECT_EQ(connect_error(absl::UnimplementedError(""), {}, 404).status, 404);
}

}  // namespace
}  // namespace millrace::gateway
