// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "lib/time_series/endpoint_admission.h"
#include "lib/time_series/itest_database.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What one connection knows; at most 4 values and 2 layouts an endpoint.
struct Session {
  std::unique_ptr<postgres::Connection> connection = itest_connect();
  SeriesCatalogue series{*connection, 20};
  LayoutCatalogue layouts{*connection, 10};
  ShapeResolver shapes{series, layouts};
  EndpointCatalogue endpoints{*connection, 100};
  EndpointUsage usage{*connection, {4, 2}};
  EndpointAdmission admission{series, shapes, endpoints, usage};
};

class EndpointAdmissionTest : public testing::Test {
 protected:
  using Names = std::vector<std::string>;

  void SetUp() override {
    application_ =
        fmt::format("ea-{}", testing::UnitTest::GetInstance()->current_test_info()->name());
  }
  // "0,1 2 !3": the numbers of each frame, and those refused.
  std::string admit(Session& session, const std::string& endpoint_id, const Names& names) {
    return admit_all(session, endpoint_id, {names}).front();
  }
  std::vector<std::string> admit_all(Session& session, const std::string& endpoint_id,
                                     const std::vector<Names>& shapes) {
    SampleBatch batch;
    std::vector<std::uint32_t> wanted;
    for (const Names& names : shapes) {
      std::string shape;
      for (const std::string& name : names) append_value_name(shape, ValueType::kNumber, "", name);
      batch.begin_upload({application_, "v1", endpoint_id, "c", 1});
      batch.add_sample({}, shape, std::vector<double>(names.size(), 1));
      wanted.push_back(batch.samples().back().shape);
    }
    const std::int32_t application_key = (*session.series.application(application_))->key;
    std::int32_t endpoint_key = 0;
    EXPECT_TRUE(session.endpoints.fill_keys({{application_key, endpoint_id, &endpoint_key}}).ok());
    auto resolved = *session.shapes.find(batch, wanted);
    std::vector<EndpointAdmission::Newcomer> newcomers;
    for (const std::uint32_t shape : wanted) newcomers.push_back({endpoint_key, shape, nullptr});
    const absl::Status status = session.admission.admit(batch, newcomers, resolved);
    EXPECT_TRUE(status.ok()) << status;
    std::vector<std::string> answers;
    for (const auto& newcomer : newcomers) answers.push_back(text_of(*newcomer.answer));
    return answers;
  }
  static std::string text_of(const ResolvedShape& shape) {
    std::vector<std::string> words;
    for (const ResolvedShape::Part& part : shape.parts) {
      words.push_back(fmt::format("{}", fmt::join(part.slots, ",")));
    }
    for (const std::uint32_t number : shape.refused) words.push_back(fmt::format("!{}", number));
    return fmt::format("{}", fmt::join(words, " "));
  }
  std::int64_t count(const std::string& what) {
    return session_.connection
        ->execute("SELECT count(*) FROM " + what +
                      " JOIN time_series.application USING (application_key) WHERE name = $1",
                  {postgres::to_param(application_)})
        ->int8(0, 0);
  }

  std::string application_;
  Session session_;
};

TEST_F(EndpointAdmissionTest, TakesAShapeAsItIsWhileThereIsRoom) {
  EXPECT_EQ(admit(session_, "ep", {"a", "b"}), "0,1");
  EXPECT_EQ(admit(session_, "ep", {"c", "a", "d"}), "1,0,2");
  EXPECT_EQ(admit(session_, "ep", {"d"}), "0");
}

TEST_F(EndpointAdmissionTest, RefusesSeriesBeyondTheBoundAndOnlyOfThatEndpoint) {
  EXPECT_EQ(admit(session_, "greedy", {"a", "b", "c"}), "0,1,2");
  EXPECT_EQ(admit(session_, "greedy", {"b", "x", "y"}), "0 1 !2");
  EXPECT_EQ(admit(session_, "greedy", {"z"}), "!0");
  EXPECT_EQ(count("time_series.series_value"), 4);
  EXPECT_EQ(admit(session_, "other", {"b", "x", "y"}), "0,1,2");
  EXPECT_EQ(admit(session_, "greedy", {"b", "x", "y"}), "0 1 !2");
  EXPECT_EQ(admit(session_, "greedy", {"y"}), "!0") << "it exists, but the endpoint has not got it";
}

TEST_F(EndpointAdmissionTest, StoresCombinationsBeyondTheBoundAsOneFrameAValue) {
  EXPECT_EQ(admit(session_, "ep", {"a", "b"}), "0,1");
  EXPECT_EQ(admit(session_, "ep", {"a", "c"}), "0,1");
  EXPECT_EQ(admit(session_, "ep", {"b", "c"}), "0 1");
  EXPECT_EQ(count("(SELECT * FROM time_series.layout WHERE cardinality(number_keys) > 1) AS l"), 2);
}

TEST_F(EndpointAdmissionTest, KnowsAfterARestartWhatAnEndpointHas) {
  admit(session_, "ep", {"a", "b"});
  admit(session_, "ep", {"c", "d"});
  Session later;
  EXPECT_EQ(admit(later, "ep", {"b", "c"}), "0 1") << "two layouts are all it may have";
  EXPECT_EQ(admit(later, "ep", {"a", "b"}), "0,1") << "its own layout, though it is at the bound";
  EXPECT_EQ(admit(later, "ep", {"e"}), "!0");
}

TEST_F(EndpointAdmissionTest, CountsWhatOneBatchBrings) {
  EXPECT_THAT(admit_all(session_, "ep", {{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"a", "e"}}),
              ElementsAre("0", "0", "0", "0", "!0", "0 !1"));
  EXPECT_EQ(count("time_series.series_value"), 4);
  EXPECT_THAT(admit_all(session_, "other", {{"a", "b"}, {"b", "c"}, {"a", "c"}, {"a", "b", "c"}}),
              ElementsAre("0,1", "0,1", "0 1", "0 1 2"));
}

TEST_F(EndpointAdmissionTest, AnEndpointAtItsBoundCostsNoStatementForNewNames) {
  admit_all(session_, "ep", {{"a"}, {"b"}, {"c"}, {"d"}});
  EXPECT_EQ(admit(session_, "ep", {"first"}), "!0");
  // Without a backend any statement would fail.
  ASSERT_TRUE(
      session_.connection->execute_script("SELECT pg_terminate_backend(pg_backend_pid())").code() ==
      absl::StatusCode::kUnavailable);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(admit(session_, "ep", {fmt::format("n{}", i)}), "!0");
}

TEST_F(EndpointAdmissionTest, LeavesTheBoundOfTheApplicationAsItWas) {
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 4; ++j) {
      admit(session_, fmt::format("ep{}", i), {fmt::format("s{}", 4 * i + j)});
    }
  }
  EXPECT_EQ(count("time_series.series_value"), 20);
  EXPECT_EQ(admit(session_, "new", {"s0", "one-more"}), "0 !1");
}

}  // namespace
}  // namespace millrace::time_series
