// SPDX-License-Identifier: Apache-2.0
//
// What these calls announce and refuse; through gRPC: tests/service/test_registry_rules.py.
#include <fmt/format.h>

#include "lib/bus/subjects.h"
#include "registry/look_ups.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class SeriesRulesCallsItest : public RegistryItest {
 protected:
  SeriesRulesCallsItest() {
    make_app_version();
    apply_.set_application_name("app");
    auto& series = *apply_.mutable_series_rules()->add_series();
    series.set_name("location");
    series.add_values()->set_path("$.lat");
  }
  grpc::Status apply() { return call(&RegistryHandler::ApplySeriesRules, apply_, applied_); }
  v1::DiffSeriesRulesResponse diff(const v1::DiffSeriesRulesRequest& request) {
    v1::DiffSeriesRulesResponse response;
    const auto status = call(&RegistryHandler::DiffSeriesRules, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  v1::ApplySeriesRulesRequest apply_;
  v1::SeriesRulesVersion applied_;
};

TEST_F(SeriesRulesCallsItest, RulesAreCheckedFilledInStoredAndAnnounced) {
  ASSERT_TRUE(apply().ok());
  EXPECT_EQ(applied_.series_rules().version(), 2);
  EXPECT_EQ(applied_.series_rules().series(0).values(0).path(), "lat");
  EXPECT_EQ(applied_.series_rules().series(0).values(0).name(), "value");
  EXPECT_EQ(applied_.created_by(), "itest");
  EXPECT_THAT(published_, ElementsAre(Pair(bus::subjects::kConfigurationUpsert, _)));
}

TEST_F(SeriesRulesCallsItest, LookUpsHandOutAllOfThem) {
  ASSERT_TRUE(apply().ok());
  configuration::v1::ApplicationConfigurationRequest request;
  request.set_application_name("app");
  configuration::v1::ApplicationConfigurationResponse response;
  LookUps look_ups(pool_, platform_);
  ASSERT_TRUE(response.ParseFromString(look_ups.configuration(request.SerializeAsString()).bytes));
  EXPECT_EQ(response.status_code(), 200);
  EXPECT_EQ(response.series_rules().SerializeAsString(),
            applied_.series_rules().SerializeAsString());
}

TEST_F(SeriesRulesCallsItest, WrongRulesChangeNothingAndAreToldWithEveryFault) {
  apply_.mutable_series_rules()->set_retention_seconds(1);
  apply_.mutable_series_rules()->mutable_series(0)->mutable_values(0)->set_name("time");
  const grpc::Status refused = apply();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(refused.error_message(), HasSubstr("\nnames.location.values[0].name: "));
  EXPECT_THAT(refused.error_message(), HasSubstr("\nretention: "));
  EXPECT_EQ(applications_.get("app")->rules_version(), 1);
  EXPECT_THAT(published_, IsEmpty());
}

TEST_F(SeriesRulesCallsItest, ValidatingAnnouncesNothing) {
  apply_.set_validate_only(true);
  ASSERT_TRUE(apply().ok());
  EXPECT_EQ(applied_.series_rules().version(), 1);
  EXPECT_THAT(published_, IsEmpty());
}

TEST_F(SeriesRulesCallsItest, ALostAnnouncementAsksForARepetitionWhichIsHarmless) {
  apply_.set_expected_version(1);
  publish_outcome_ = absl::UnavailableError("not connected");
  const grpc::Status lost = apply();
  EXPECT_EQ(lost.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(lost.error_message(), HasSubstr("the change is stored"));
  publish_outcome_ = absl::OkStatus();
  ASSERT_TRUE(apply().ok());
  EXPECT_EQ(applied_.series_rules().version(), 2);
  EXPECT_EQ(published_.size(), 2U);
}

TEST_F(SeriesRulesCallsItest, DiffsAreBetweenVersionsOrWithWhatIsNotAppliedYet) {
  ASSERT_TRUE(apply().ok());
  v1::DiffSeriesRulesRequest request;
  request.set_application_name("app");
  const auto newest = diff(request);
  EXPECT_EQ(newest.from_version(), 1);
  EXPECT_EQ(newest.to_version(), 2);
  ASSERT_EQ(newest.changes_size(), 2);
  EXPECT_EQ(newest.changes(0).field(), "names.location.value.path");
  EXPECT_EQ(newest.changes(0).before(), "");
  EXPECT_EQ(newest.changes(0).after(), "lat");

  request.set_to_version(1);
  EXPECT_EQ(diff(request).from_version(), 0) << "before the first there was nothing";
  request.set_from_version(2);
  EXPECT_EQ(diff(request).changes(0).before(), "lat");

  request.clear_from_version();
  *request.mutable_to() = apply_.series_rules();
  EXPECT_EQ(diff(request).from_version(), 2);
  EXPECT_EQ(diff(request).changes_size(), 0);
  request.mutable_to()->set_auto_extract(true);
  EXPECT_EQ(diff(request).changes(0).field(), "auto-extract");
}

TEST_F(SeriesRulesCallsItest, ADiffIsNoLargerThanClientsTake) {
  apply_.mutable_series_rules()->clear_series();
  for (int i = 0; i < 900; ++i) {
    auto& series = *apply_.mutable_series_rules()->add_series();
    series.set_name("s" + std::to_string(i));
    series.add_values()->set_path(series.name());
  }
  ASSERT_TRUE(apply().ok());
  v1::DiffSeriesRulesRequest request;
  request.set_application_name("app");
  const auto response = diff(request);
  EXPECT_EQ(response.changes_size(), 1000);
  EXPECT_EQ(response.left_out(), 800);
}

TEST_F(SeriesRulesCallsItest, PagesOfLargeVersionsEndEarlierAndLeaveNoneOut) {
  std::string description(500, 'x');
  for (int i = 0; i < 12; ++i) {
    auto& series = *apply_.mutable_series_rules()->mutable_series(0);
    series.clear_values();
    for (int j = 0; j < 480; ++j) {
      auto& value = *series.add_values();
      value.set_path(fmt::format("a{}", j));
      value.set_name(fmt::format("v{}-{}", i, j));
      value.set_description(description);
    }
    ASSERT_TRUE(apply().ok());
  }
  v1::ListSeriesRulesVersionsRequest request;
  request.set_application_name("app");
  std::vector<std::int64_t> numbers;
  int pages = 0;
  do {
    v1::ListSeriesRulesVersionsResponse page;
    ASSERT_TRUE(call(&RegistryHandler::ListSeriesRulesVersions, request, page).ok());
    EXPECT_LT(page.ByteSizeLong(), 3U << 20);
    for (const auto& one : page.versions()) numbers.push_back(one.series_rules().version());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(numbers, ElementsAre(13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1));
  EXPECT_GT(pages, 1);
}

}  // namespace
}  // namespace millrace::registry
