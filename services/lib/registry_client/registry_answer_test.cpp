// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/registry_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

using Result = LookUp::Result;

std::string token_answer(int code, const std::string& reason = "") {
  identity::v1::EndpointTokenResponse response;
  response.set_status_code(code);
  response.set_reason_phrase(reason);
  if (code == 200) {
    response.set_application_name("app");
    response.set_endpoint_id("e1");
    response.set_token_id(7);
  }
  return response.SerializeAsString();
}

TEST(RegistryAnswer, AKnownTokenNamesItsEndpoint) {
  const LookUp look_up = read_token_answer(token_answer(200), "app-v1");
  ASSERT_EQ(look_up.result, Result::kKnown);
  EXPECT_EQ(look_up.identity->application_name, "app");
  EXPECT_EQ(look_up.identity->app_version_name, "app-v1");
  EXPECT_EQ(look_up.identity->endpoint_id, "e1");
  EXPECT_EQ(look_up.identity->token_id, 7);
}

TEST(RegistryAnswer, EachCodeHasItsResult) {
  const LookUp forbidden = read_token_answer(token_answer(403), "v");
  EXPECT_EQ(forbidden.result, Result::kForbidden);
  EXPECT_NE(forbidden.identity, nullptr);
  EXPECT_EQ(read_token_answer(token_answer(404), "v").result, Result::kUnknown);
  EXPECT_EQ(read_token_answer(token_answer(503), "v").result, Result::kUnavailable);
  EXPECT_EQ(read_token_answer(token_answer(418), "v").result, Result::kUnavailable);
  EXPECT_EQ(read_token_answer(token_answer(404, "no token 'x'"), "v").reason, "no token 'x'");
}

TEST(RegistryAnswer, NoAnswerAndWhatCannotBeReadIsUnavailableNeverUnknown) {
  EXPECT_EQ(read_token_answer(absl::DeadlineExceededError("late"), "v").result,
            Result::kUnavailable);
  EXPECT_EQ(read_token_answer(std::string("\xff\xff"), "v").result, Result::kUnavailable);
  EXPECT_EQ(read_token_answer(std::string(), "v").result, Result::kUnavailable);
}

TEST(RegistryAnswer, AKnownTokenWithoutAnEndpointIsNoAnswer) {
  identity::v1::EndpointTokenResponse response;
  response.set_status_code(200);
  EXPECT_EQ(read_token_answer(response.SerializeAsString(), "v").result, Result::kUnavailable);
}

std::string rules_answer(int code) {
  configuration::v1::ApplicationConfigurationResponse response;
  response.set_status_code(code);
  response.mutable_series_rules()->set_version(4);
  response.mutable_series_rules()->set_auto_extract(true);
  return response.SerializeAsString();
}

TEST(RegistryAnswer, RulesComeWithTheirVersion) {
  const auto rules = read_rules_answer(rules_answer(200), "app");
  ASSERT_TRUE(rules.ok());
  EXPECT_EQ((*rules)->version(), 4);
  EXPECT_TRUE((*rules)->auto_extract());
}

TEST(RegistryAnswer, AMissingApplicationIsToldFromAnAbsentRegistry) {
  EXPECT_TRUE(absl::IsNotFound(read_rules_answer(rules_answer(404), "app").status()));
  EXPECT_THAT(error::message(read_rules_answer(rules_answer(404), "app").status()),
              testing::HasSubstr("'app'"));
  EXPECT_TRUE(absl::IsUnavailable(read_rules_answer(rules_answer(503), "app").status()));
  EXPECT_TRUE(
      absl::IsUnavailable(read_rules_answer(absl::DeadlineExceededError("late"), "app").status()));
}

TEST(RegistryAnswer, AKeyIsValidUnknownOrCannotBeChecked) {
  identity::v1::ApiKeyCheckResponse response;
  response.set_status_code(200);
  response.set_key_id(3);
  EXPECT_EQ(read_key_answer(response.SerializeAsString())->key_id(), 3);
  response.set_status_code(401);
  EXPECT_TRUE(absl::IsUnauthenticated(read_key_answer(response.SerializeAsString()).status()));
  response.set_status_code(503);
  EXPECT_TRUE(absl::IsUnavailable(read_key_answer(response.SerializeAsString()).status()));
}

}  // namespace
}  // namespace millrace::registry_client
