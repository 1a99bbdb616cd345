// SPDX-License-Identifier: Apache-2.0
//
// What is answered without the database; with it: token_look_ups_itest.cpp.
#include "registry/token_look_ups.h"

#include <gmock/gmock.h>

#include "registry/no_database_fixture.h"

namespace millrace::registry {
namespace {

using identity::v1::EndpointTokenRequest;
using identity::v1::EndpointTokenResponse;
using identity::v1::EndpointTokensRequest;
using identity::v1::EndpointTokensResponse;

class TokenLookUpsTest : public NoDatabaseTest {
 protected:
  int status_of(const std::string& version, const std::string& token) {
    EndpointTokenRequest request;
    request.set_app_version_name(version);
    request.set_token(token);
    return look_ups_.one(request.SerializeAsString()).status;
  }
  EndpointTokensResponse answer_to(const EndpointTokensRequest& request) {
    const Answer answer = look_ups_.many(request.SerializeAsString());
    EndpointTokensResponse response;
    EXPECT_TRUE(response.ParseFromString(answer.bytes));
    EXPECT_EQ(response.status_code(), answer.status);
    return response;
  }
  static void add(EndpointTokensRequest& request, const std::string& version,
                  const std::string& token) {
    request.add_tokens()->set_app_version_name(version);
    request.mutable_tokens()->rbegin()->set_token(token);
  }

  TokenLookUps look_ups_{pool_, platform_};
};

TEST_F(TokenLookUpsTest, BytesThatAreNoRequestAreRefused) {
  EXPECT_EQ(look_ups_.one("\xFF").status, 400);
  EXPECT_EQ(look_ups_.many("\xFF").status, 400);
}

TEST_F(TokenLookUpsTest, NamesNobodyCanCreateAreUnknownWithoutTheDatabase) {
  EXPECT_EQ(status_of("NoSuch", "token"), 404);
  EXPECT_EQ(status_of("v1", "a.b"), 404);
  EXPECT_EQ(status_of("v1", std::string("a\0b", 3)), 404);
  EndpointTokensRequest request;
  add(request, "NoSuch", "token");
  add(request, "v1", "a.b");
  const EndpointTokensResponse response = answer_to(request);
  EXPECT_EQ(response.status_code(), 200);
  ASSERT_EQ(response.answers_size(), 2);
  EXPECT_EQ(response.answers(0).reason_phrase(), "unknown application version");
  EXPECT_EQ(response.answers(1).reason_phrase(), "unknown endpoint token");
  EXPECT_EQ(metrics_.counter("millrace_registry_tokens_total", "", {{"status", "404"}}).value(), 5);
}

TEST_F(TokenLookUpsTest, WithoutTheDatabaseNobodyIsToldThatATokenIsUnknown) {
  EXPECT_EQ(status_of("v1", "token"), 503);
  EndpointTokensRequest request;
  add(request, "v1", "a.b");
  add(request, "v1", "token");
  const EndpointTokensResponse response = answer_to(request);
  EXPECT_EQ(response.status_code(), 503);
  EXPECT_EQ(response.answers_size(), 0) << "not even those that are unknown without it";
}

TEST_F(TokenLookUpsTest, AQuestionHasOneToTwoHundredAndFiftySixTokens) {
  EndpointTokensRequest request;
  EXPECT_EQ(answer_to(request).status_code(), 400);
  for (int i = 0; i < kMaxTokensInQuestion; ++i) add(request, "v1", "a.b");
  EXPECT_EQ(answer_to(request).answers_size(), kMaxTokensInQuestion);
  add(request, "v1", "a.b");
  EXPECT_EQ(answer_to(request).status_code(), 400);
  EXPECT_EQ(answer_to(request).reason_phrase(),
            "cannot look up 257 tokens at once: ask for 1 to 256");
}

TEST_F(TokenLookUpsTest, TheAnswerSaysTheSameAsItsBytes) {
  EndpointTokenResponse one;
  ASSERT_TRUE(one.ParseFromString(token_unavailable("busy").bytes));
  EXPECT_EQ(one.status_code(), token_unavailable("busy").status);
  EXPECT_EQ(one.reason_phrase(), "busy");
  EndpointTokensResponse many;
  ASSERT_TRUE(many.ParseFromString(tokens_unavailable("busy").bytes));
  EXPECT_EQ(many.status_code(), 503);
  EXPECT_EQ(many.reason_phrase(), "busy");
}

}  // namespace
}  // namespace millrace::registry
