// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/endpoint_check.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/fake_connection.h"

#include "millrace/identity/v1/endpoint.pb.h"

namespace millrace::registry_client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EndpointCheck : public ::testing::Test {
 protected:
  // The registry knows the version, and no endpoint whose id begins with "x".
  void answer(int status_code) {
    connection_.responder = [=, this](const std::string& subject, const std::string& payload) {
      EXPECT_EQ(subject, bus::subjects::kEndpointCheckRequest);
      EXPECT_LE(payload.size(), 4096U);
      identity::v1::EndpointCheckRequest request;
      EXPECT_TRUE(request.ParseFromString(payload));
      identity::v1::EndpointCheckResponse response;
      response.set_status_code(status_code);
      if (status_code == 200) response.set_application_name(request.app_version_name() + " app");
      for (const std::string& id : request.endpoint_ids()) {
        asked_.push_back(id);
        if (id.starts_with("x")) response.add_unknown_endpoint_ids(id);
      }
      return response.SerializeAsString();
    };
  }

  FakeConnection connection_;
  std::vector<std::string> asked_;
};

TEST_F(EndpointCheck, TellsTheApplicationAndWhatItDoesNotHave) {
  answer(200);
  const auto checked = check_endpoints(connection_, "v1", {"a", "x2", "b", "x1"});
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->application_name, "v1 app");
  EXPECT_THAT(checked->unknown_ids, ElementsAre("x2", "x1"));
  EXPECT_EQ(connection_.requests, 1);
}

TEST_F(EndpointCheck, ManyEndpointsAreAskedAboutInParts) {
  answer(200);
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back(fmt::format("{:0>128}", i));
  ids.back() = "x";
  const auto checked = check_endpoints(connection_, std::string(63, 'v'), ids);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(asked_, ids);
  EXPECT_THAT(checked->unknown_ids, ElementsAre("x"));
  EXPECT_LE(connection_.requests, 40);
}

TEST_F(EndpointCheck, AnUnknownVersionHasNoApplication) {
  answer(404);
  const auto checked = check_endpoints(connection_, "v1", {"a"});
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->application_name, std::nullopt);
  EXPECT_THAT(checked->unknown_ids, IsEmpty());
}

TEST_F(EndpointCheck, IsNotToldWhileTheRegistryIsAway) {
  const auto code = [this] { return check_endpoints(connection_, "v1", {"a"}).status().code(); };
  EXPECT_EQ(code(), absl::StatusCode::kUnavailable);
  answer(503);
  EXPECT_EQ(code(), absl::StatusCode::kUnavailable);
  connection_.responder = [](const std::string&, const std::string&) {
    return std::string("\xFF");
  };
  EXPECT_EQ(code(), absl::StatusCode::kUnavailable);
  connection_.responder = [](const std::string&, const std::string&) { return std::string(); };
  EXPECT_EQ(code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace millrace::registry_client
