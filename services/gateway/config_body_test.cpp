// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_body.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "gateway/epts_fixture.h"

namespace millrace::gateway {
namespace {

using query::v1::ListTimeSeriesRequest;
using query::v1::ListTimeSeriesResponse;
using registry::v1::GetSeriesRulesRequest;
using registry::v1::SeriesRulesVersion;

class ConfigBodyOf : public EptsFixture {
 protected:
  // Applications of the registry, in pages of one.
  void has_applications(const std::vector<std::string>& names) {
    registry.on<registry::v1::ListApplicationsRequest, registry::v1::ListApplicationsResponse>(
        "ListApplications", [names](const registry::v1::ListApplicationsRequest& request) {
          registry::v1::ListApplicationsResponse response;
          const std::size_t at =
              request.page_token().empty() ? 0 : std::stoul(request.page_token());
          if (at < names.size()) response.add_applications()->set_name(names[at]);
          if (at + 1 < names.size()) response.set_next_page_token(std::to_string(at + 1));
          return absl::StatusOr<registry::v1::ListApplicationsResponse>(response);
        });
    registry.on<registry::v1::GetApplicationRequest, registry::v1::Application>(
        "GetApplication",
        [names](const registry::v1::GetApplicationRequest& request)
            -> absl::StatusOr<registry::v1::Application> {
          if (std::find(names.begin(), names.end(), request.name()) == names.end()) {
            return absl::NotFoundError("no application " + request.name());
          }
          return registry::v1::Application();
        });
    registry.on<GetSeriesRulesRequest, SeriesRulesVersion>(
        "GetSeriesRules",
        [this](const GetSeriesRulesRequest&) { return absl::StatusOr<SeriesRulesVersion>(rules); });
    query.on<ListTimeSeriesRequest, ListTimeSeriesResponse>(
        "ListTimeSeries", [this](const ListTimeSeriesRequest&) {
          return absl::StatusOr<ListTimeSeriesResponse>(existing);
        });
  }
  void has_series(const std::string& name, const std::vector<std::string>& values) {
    query::v1::TimeSeries& series = *existing.add_time_series();
    series.set_name(name);
    for (const std::string& value : values) series.add_values()->set_name(value);
  }
  void has_rule(const std::string& name, const std::vector<std::string>& values) {
    configuration::v1::SeriesRule& series = *rules.mutable_series_rules()->add_series();
    series.set_name(name);
    for (const std::string& value : values) series.add_values()->set_name(value);
  }

  absl::StatusOr<std::string> text_of(std::vector<std::string> names) {
    return all_of(*std::make_shared<ConfigBody>(calls, EptsConfigRequest{std::move(names)}));
  }

  ListTimeSeriesResponse existing;
  SeriesRulesVersion rules;
};

TEST_F(ConfigBodyOf, SeriesThatExistAndThoseThatAreConfiguredAreOneList) {
  has_applications({"app"});
  has_series("auto~t", {"value"});
  has_series("place", {"lat", "lat", "old"});
  has_rule("place", {"lat", "lon"});
  has_rule("level", {"", "unit"});
  EXPECT_EQ(*text_of({"app"}), R"({"app":[{"name":"auto~t","values":["value"]},)"
                               R"({"name":"level","values":["value","unit"]},)"
                               R"({"name":"place","values":["lat","old","lon"]}]})");
}

TEST_F(ConfigBodyOf, WithoutNamesAllApplicationsOfTheKeyAreTold) {
  has_applications({"a", "b"});
  EXPECT_EQ(*text_of({}), R"({"a":[],"b":[]})");
  has_applications({});
  EXPECT_EQ(*text_of({}), "{}");
}

TEST_F(ConfigBodyOf, ANameThatIsNotThereIsToldBeforeAnythingElse) {
  has_applications({"a", "b"});
  const auto text = text_of({"a", "b", "c"});
  EXPECT_TRUE(absl::IsNotFound(text.status()));
  EXPECT_EQ(pieces, 0);
  EXPECT_TRUE(query.calls.empty());
}

TEST_F(ConfigBodyOf, LongListsComeInPieces) {
  has_applications({"a", "b", "c"});
  for (int i = 0; i < 1000; ++i) has_series(fmt::format("{:0>100}", i), {"value"});
  const auto text = text_of({});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(std::count(text->begin(), text->end(), '{'), 3001);
  EXPECT_GT(pieces, 4);
}

}  // namespace
}  // namespace millrace::gateway
