// SPDX-License-Identifier: Apache-2.0
#include "query/trial_request.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

using ::testing::StartsWith;

v1::TrySeriesRulesRequest request_for(const std::string& samples) {
  v1::TrySeriesRulesRequest request;
  request.set_application_name("app");
  request.mutable_given()->set_data_samples(samples);
  return request;
}

TEST(TrialRequestTest, GivenSamplesAreAnUpload) {
  const auto trial = check(request_for("\xEF\xBB\xBF[{\"a\":1},{\"a\":2}]"));
  ASSERT_TRUE(trial.ok()) << trial.status();
  EXPECT_EQ(std::get<TriedUpload>(trial->source).json, "[{\"a\":1},{\"a\":2}]");
  EXPECT_EQ(std::get<TriedUpload>(trial->source).sample_count, 2U);
  EXPECT_FALSE(trial->rules);
}

TEST(TrialRequestTest, CandidatesAreCheckedAndFilledIn) {
  auto request = request_for("{}");
  request.mutable_series_rules()->add_series()->set_name("a");
  EXPECT_THAT(error::message(check(request).status()), StartsWith("series_rules: "));
  request.mutable_series_rules()->mutable_series(0)->add_values()->set_path("$.b");
  EXPECT_EQ(check(request)->rules->series(0).values(0).path(), "b");
}

TEST(TrialRequestTest, NumbersThatAreLeftOutHaveDefaults) {
  v1::TrySeriesRulesRequest request;
  request.set_application_name("app");
  request.mutable_rejected();
  EXPECT_EQ(std::get<TriedRejected>(check(request)->source).limit, 20);
  request.mutable_next()->set_endpoint_id("e");
  EXPECT_EQ(std::get<TriedNext>(check(request)->source).limit, 10);
  EXPECT_EQ(std::get<TriedNext>(check(request)->source).timeout, std::chrono::seconds(60));
}

struct Case {
  const char* field;
  std::function<void(v1::TrySeriesRulesRequest&)> change;
};

class RefusalTest : public testing::TestWithParam<Case> {};

TEST_P(RefusalTest, NamesTheField) {
  auto request = request_for("{}");
  GetParam().change(request);
  const auto refused = check(request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(error::message(refused.status()), StartsWith(std::string(GetParam().field) + ": "));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, RefusalTest,
    testing::Values(
        Case{"application_name", [](auto& request) { request.clear_application_name(); }},
        Case{"application_name", [](auto& request) { request.set_application_name("a\nb"); }},
        Case{"source", [](auto& request) { request.clear_given(); }},
        Case{"given.data_samples",
             [](auto& request) { request.mutable_given()->set_data_samples("{"); }},
        Case{"given.data_samples",
             [](auto& request) {
               request.mutable_given()->set_data_samples("[" + std::string(1 << 20, ' ') + "]");
             }},
        Case{"rejected.reason",
             [](auto& request) { request.mutable_rejected()->set_reason("bad_luck"); }},
        Case{"rejected.limit", [](auto& request) { request.mutable_rejected()->set_limit(1001); }},
        Case{"rejected.endpoint_id",
             [](auto& request) {
               request.mutable_rejected()->set_endpoint_id(std::string(129, 'e'));
             }},
        Case{"next.endpoint_id", [](auto& request) { request.mutable_next(); }},
        Case{"next.limit",
             [](auto& request) {
               request.mutable_next()->set_endpoint_id("e");
               request.mutable_next()->set_limit(-1);
             }},
        Case{"next.timeout_seconds", [](auto& request) {
               request.mutable_next()->set_endpoint_id("e");
               request.mutable_next()->set_timeout_seconds(601);
             }}));

}  // namespace
}  // namespace millrace::query
