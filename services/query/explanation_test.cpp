// SPDX-License-Identifier: Apache-2.0
#include "query/explanation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

time::UnixMicros at(std::int64_t second) {
  return time::from_unix_us(1'000'000'000'000'000 + second * 1'000'000);
}

class ExplanationTest : public testing::Test {
 protected:
  ExplanationTest() {
    query_.endpoint_id = "ep";
    query_.application_name = "app";
  }
  void refuse(const std::string& service, int code, const std::string& reason, std::int64_t second,
              std::int64_t times = 1) {
    status::v1::RefusalsResponse response;
    response.set_service(service);
    auto& refusal = *response.add_refusals();
    refusal.set_refused_at_us(time::to_unix_us(at(second)));
    refusal.set_status_code(code);
    refusal.set_reason_phrase(reason);
    refusal.set_times(times);
    traces_.refusals.push_back(response);
  }
  // "FATE: detail xcount" of each.
  std::vector<std::string> told(const configuration::v1::SeriesRules* rules = nullptr) const {
    std::vector<std::string> texts;
    const auto response = explain(query_, traces_, rules);
    for (const v1::ExplainedSample& sample : response.samples()) {
      texts.push_back(fmt::format("{}: {} x{}", v1::ExplainedSample::Fate_Name(sample.fate()),
                                  sample.detail(), sample.sample_count()));
    }
    return texts;
  }
  std::vector<std::string> gaps(const configuration::v1::SeriesRules* rules = nullptr) const {
    const auto response = explain(query_, traces_, rules);
    return {response.gaps().begin(), response.gaps().end()};
  }

  TraceQuery query_;
  EndpointTraces traces_;
};

TEST_F(ExplanationTest, TellsEveryFateNewestFirst) {
  refuse("http-receiver", 400, "no JSON", 5, 3);
  refuse("epts", 0, "auto-extraction is off and no series is configured", 4, 7);
  traces_.waiting.push_back({at(6), "corr", 2});
  traces_.stored.push_back(
      {at(3), 1, 2, {{"auto~t", "value", time_series::ValueType::kNumber, 23, std::nullopt}}});
  time_series::RejectedSample rejected;
  rejected.position.received_at = at(2);
  rejected.reason = "number_out_of_range";
  rejected.detail = "cannot store t";
  rejected.sample_count = 12;
  traces_.rejected.push_back(rejected);
  EXPECT_THAT(
      told(),
      ElementsAre(
          "FATE_IN_FLIGHT: accepted; waits in the stream until epts stores it x2",
          "FATE_REFUSED: http-receiver answered 400: no JSON (3 times in a row) x3",
          "FATE_EMPTY: accepted, and nothing stored: auto-extraction is off and no series is "
          "configured x7",
          "FATE_STORED: stored x1",
          "FATE_MERGED: 2 earlier samples of this instant were stored, and replaced by the one "
          "above x2",
          "FATE_REJECTED: cannot store t x12"));
  EXPECT_THAT(gaps(), IsEmpty());
}

TEST_F(ExplanationTest, NamesThePointsOfAFrame) {
  using time_series::ValueType;
  traces_.stored.push_back({at(0),
                            1,
                            0,
                            {{"place", "lat", ValueType::kNumber, 1.5, std::nullopt},
                             {"auto~on", "value", ValueType::kBoolean, 1, std::nullopt},
                             {"place", "name", ValueType::kString, std::nullopt, "Kyiv"},
                             {"place", "alt", ValueType::kNumber, std::nullopt, std::nullopt}}});
  const auto sample = explain(query_, traces_, nullptr).samples(0);
  ASSERT_EQ(sample.data_points_size(), 2);
  EXPECT_EQ(sample.data_points(0).time_series_name(), "place");
  EXPECT_EQ(sample.data_points(0).values(0).number(), 1.5);
  EXPECT_EQ(sample.data_points(0).values(1).string(), "Kyiv");
  EXPECT_EQ(sample.data_points(0).values(2).kind_case(), v1::NamedValue::KIND_NOT_SET);
  EXPECT_TRUE(sample.data_points(1).values(0).boolean());
}

TEST_F(ExplanationTest, AnEmptyListIsExplained) {
  EXPECT_THAT(gaps(), ElementsAre(HasSubstr("no sample of ep was accepted or refused")));
  traces_.gaps.push_back("NATS is away");
  EXPECT_THAT(gaps(), ElementsAre("NATS is away"));
}

TEST_F(ExplanationTest, SaysThatTheRulesTakeNothing) {
  configuration::v1::SeriesRules rules;
  traces_.waiting.push_back({at(6), "corr", 2});
  EXPECT_THAT(gaps(&rules), ElementsAre(HasSubstr("auto-extraction is off")));
  rules.set_auto_extract(true);
  EXPECT_THAT(gaps(&rules), IsEmpty());
}

}  // namespace
}  // namespace millrace::query
