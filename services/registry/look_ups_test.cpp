// SPDX-License-Identifier: Apache-2.0
//
// What is answered without the database; with it: registry_itest.cpp.
#include "registry/look_ups.h"

#include <gmock/gmock.h>

#include "registry/no_database_fixture.h"

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/identity/v1/api_key.pb.h"
#include "millrace/identity/v1/endpoint.pb.h"

namespace millrace::registry {
namespace {

class LookUpsTest : public NoDatabaseTest {
 protected:
  LookUps look_ups_{pool_, platform_};
};

TEST_F(LookUpsTest, BytesThatAreNoRequestAreRefused) {
  EXPECT_EQ(look_ups_.endpoints("\xFF").status, 400);
  EXPECT_EQ(look_ups_.api_key("\xFF").status, 400);
  EXPECT_EQ(look_ups_.configuration("\xFF").status, 400);
}

TEST_F(LookUpsTest, NamesNobodyCanCreateAreUnknownWithoutTheDatabase) {
  identity::v1::EndpointCheckRequest check;
  check.set_app_version_name("No Such");
  check.add_endpoint_ids("e");
  EXPECT_EQ(look_ups_.endpoints(check.SerializeAsString()).status, 404);
  configuration::v1::ApplicationConfigurationRequest request;
  request.set_application_name("No Such");
  EXPECT_EQ(look_ups_.configuration(request.SerializeAsString()).status, 404);
}

TEST_F(LookUpsTest, WithoutTheDatabaseNobodyIsToldThatSomethingIsUnknown) {
  EXPECT_EQ(look_ups_.api_key(identity::v1::ApiKeyCheckRequest().SerializeAsString()).status, 503);
  identity::v1::EndpointCheckRequest check;
  check.set_app_version_name("v1");
  EXPECT_EQ(look_ups_.endpoints(check.SerializeAsString()).status, 503);
  configuration::v1::ApplicationConfigurationRequest request;
  request.set_application_name("demo");
  EXPECT_EQ(look_ups_.configuration(request.SerializeAsString()).status, 503);
}

TEST_F(LookUpsTest, TheAnswerSaysTheSameAsItsBytes) {
  const Answer answer = key_unavailable("busy");
  identity::v1::ApiKeyCheckResponse response;
  ASSERT_TRUE(response.ParseFromString(answer.bytes));
  EXPECT_EQ(response.status_code(), answer.status);
  EXPECT_EQ(response.reason_phrase(), "busy");
}

}  // namespace
}  // namespace millrace::registry
