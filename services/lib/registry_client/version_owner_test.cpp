// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/version_owner.h"

#include <gmock/gmock.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/fake_connection.h"

#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

class VersionOwner : public ::testing::Test {
 protected:
  // What the registry answers from here on.
  void answer(int status_code, const std::string& application_name) {
    connection_.responder = [=, this](const std::string& subject, const std::string& payload) {
      EXPECT_EQ(subject, bus::subjects::kEndpointTokenRequest);
      EXPECT_TRUE(asked_.ParseFromString(payload));
      identity::v1::EndpointTokenResponse response;
      response.set_status_code(status_code);
      response.set_application_name(application_name);
      return response.SerializeAsString();
    };
  }

  FakeConnection connection_;
  identity::v1::EndpointTokenRequest asked_;
};

TEST_F(VersionOwner, IsInTheAnswerOfALookUpWithoutAToken) {
  answer(404, "fleet");
  const auto owner = owner_of_version(connection_, "fleet-v1");
  ASSERT_TRUE(owner.ok()) << owner.status();
  EXPECT_EQ(*owner, "fleet");
  EXPECT_EQ(asked_.app_version_name(), "fleet-v1");
  EXPECT_EQ(asked_.token(), "");
}

TEST_F(VersionOwner, IsNobodyWhereThereIsNoSuchVersion) {
  answer(404, "");
  const auto owner = owner_of_version(connection_, "none");
  ASSERT_TRUE(owner.ok()) << owner.status();
  EXPECT_EQ(*owner, std::nullopt);
}

TEST_F(VersionOwner, IsNotToldWhileTheRegistryIsAway) {
  EXPECT_EQ(owner_of_version(connection_, "v").status().code(), absl::StatusCode::kUnavailable);
  answer(503, "");
  EXPECT_EQ(owner_of_version(connection_, "v").status().code(), absl::StatusCode::kUnavailable);
  connection_.responder = [](const std::string&, const std::string&) {
    return std::string("\xFF");
  };
  EXPECT_EQ(owner_of_version(connection_, "v").status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace millrace::registry_client
