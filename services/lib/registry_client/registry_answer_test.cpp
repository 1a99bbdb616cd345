// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/registry_answer.h"

#include <cmath>

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

identity::v1::EndpointTokenResponse known_token(const std::string& endpoint_id) {
  identity::v1::EndpointTokenResponse response;
  response.set_status_code(200);
  response.set_application_name("app");
  response.set_endpoint_id(endpoint_id);
  return response;
}

UploadRules rules_read_from(const identity::v1::UploadRules& rules) {
  identity::v1::EndpointTokenResponse response = known_token("e1");
  *response.mutable_upload_rules() = rules;
  return read_token_answer(response.SerializeAsString(), "v").rules;
}

TEST(RegistryAnswer, AKnownTokenCarriesTheRulesOfItsApplication) {
  identity::v1::UploadRules sent;
  sent.set_max_uploads_per_second(2.5);
  sent.set_max_upload_burst(20);
  sent.set_relaxed_resource_paths(true);
  const UploadRules rules = rules_read_from(sent);
  EXPECT_EQ(rules.max_uploads_per_second, 2.5);
  EXPECT_EQ(rules.max_upload_burst, 20);
  EXPECT_TRUE(rules.relaxed_resource_paths);
}

TEST(RegistryAnswer, WithoutABurstAsManyMayComeAtOnceAsInASecond) {
  identity::v1::UploadRules sent;
  sent.set_max_uploads_per_second(2.5);
  EXPECT_EQ(rules_read_from(sent).max_upload_burst, 3);
  sent.set_max_uploads_per_second(0.01);
  EXPECT_EQ(rules_read_from(sent).max_upload_burst, 1);
  sent.set_max_uploads_per_second(1e300);
  EXPECT_EQ(rules_read_from(sent).max_upload_burst, 1'000'000);
}

TEST(RegistryAnswer, RulesThatAreMissingOrThatNoRegistryStoresLimitNothing) {
  EXPECT_EQ(rules_read_from({}).max_uploads_per_second, 0);
  EXPECT_FALSE(rules_read_from({}).relaxed_resource_paths);
  for (const double bad : {-1.0, std::nan(""), HUGE_VAL}) {
    identity::v1::UploadRules sent;
    sent.set_max_uploads_per_second(bad);
    EXPECT_EQ(rules_read_from(sent).max_uploads_per_second, 0) << bad;
  }
}

TEST(RegistryAnswer, ManyTokensHaveAnAnswerEachInTheirOrder) {
  identity::v1::EndpointTokensResponse response;
  response.set_status_code(200);
  *response.add_answers() = known_token("e1");
  response.add_answers()->set_status_code(404);
  *response.add_answers() = known_token("e3");
  response.add_answers()->set_status_code(503);
  const std::vector<TokenKey> keys{{"v1", "a"}, {"v1", "b"}, {"v2", "c"}, {"v1", "d"}};
  const auto results = read_tokens_answer(response.SerializeAsString(), keys);
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].identity->endpoint_id, "e1");
  EXPECT_EQ(results[1].result, Result::kUnknown);
  EXPECT_EQ(results[2].identity->app_version_name, "v2");
  EXPECT_EQ(results[3].result, Result::kUnavailable);
}

TEST(RegistryAnswer, AnAnswerAboutOtherThanTheTokensAskedAboutTellsOfNone) {
  identity::v1::EndpointTokensResponse response;
  response.set_status_code(200);
  *response.add_answers() = known_token("e1");
  const std::vector<TokenKey> two{{"v", "a"}, {"v", "b"}};
  identity::v1::EndpointTokensResponse busy;
  busy.set_status_code(503);
  busy.set_reason_phrase("busy");
  for (const absl::StatusOr<std::string>& answer :
       {absl::StatusOr<std::string>(response.SerializeAsString()),
        absl::StatusOr<std::string>(busy.SerializeAsString()),
        absl::StatusOr<std::string>("\xff\xff"), absl::StatusOr<std::string>(std::string()),
        absl::StatusOr<std::string>(absl::DeadlineExceededError("late"))}) {
    const auto results = read_tokens_answer(answer, two);
    ASSERT_EQ(results.size(), 2U);
    for (const LookUp& result : results) {
      EXPECT_EQ(result.result, Result::kUnavailable);
      EXPECT_FALSE(result.reason.empty());
    }
  }
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
