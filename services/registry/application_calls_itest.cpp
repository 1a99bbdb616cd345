// SPDX-License-Identifier: Apache-2.0
//
// What these calls tell the other services; every method and error: tests/service/test_registry.py.
#include "lib/bus/subjects.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class ApplicationCallsItest : public RegistryItest {
 protected:
  ApplicationCallsItest() {
    make_app_version();
    request_.set_name("app");
  }
  v1::UpdateApplicationRequest request_;
  v1::Application response_;
};

TEST_F(ApplicationCallsItest, AChangeOfTheRulesIsAnnounced) {
  request_.set_auto_extract(true);
  EXPECT_TRUE(call(&RegistryHandler::UpdateApplication, request_, response_).ok());
  EXPECT_TRUE(response_.auto_extract());
  EXPECT_THAT(published_, ElementsAre(Pair(bus::subjects::kConfigurationUpsert, _)));
}

TEST_F(ApplicationCallsItest, AChangeOfTheDisplayNameIsNot) {
  request_.set_display_name("new");
  EXPECT_TRUE(call(&RegistryHandler::UpdateApplication, request_, response_).ok());
  EXPECT_THAT(published_, IsEmpty());
}

TEST_F(ApplicationCallsItest, AChangeOfTheUploadRulesIsAnnouncedToReceivers) {
  request_.set_max_uploads_per_second(5);
  EXPECT_TRUE(call(&RegistryHandler::UpdateApplication, request_, response_).ok());
  EXPECT_EQ(response_.max_uploads_per_second(), 5);
  request_.clear_max_uploads_per_second();
  request_.set_relaxed_resource_paths(false);
  request_.set_auto_extract(true);
  EXPECT_TRUE(call(&RegistryHandler::UpdateApplication, request_, response_).ok());
  EXPECT_THAT(published_, ElementsAre(Pair(bus::subjects::kApplicationUpdated, _),
                                      Pair(bus::subjects::kConfigurationUpsert, _),
                                      Pair(bus::subjects::kApplicationUpdated, _)));
}

TEST_F(ApplicationCallsItest, UploadRulesOutsideTheirBoundsAreRefused) {
  request_.set_max_uploads_per_second(-1);
  const grpc::Status negative = call(&RegistryHandler::UpdateApplication, request_, response_);
  EXPECT_EQ(negative.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(negative.error_message(), HasSubstr("max_uploads_per_second"));
  request_.clear_max_uploads_per_second();
  request_.set_max_upload_burst(1'000'001);
  EXPECT_EQ(call(&RegistryHandler::UpdateApplication, request_, response_).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(published_, IsEmpty());
}

TEST_F(ApplicationCallsItest, ALostAnnouncementAsksForARepetitionWhichIsHarmless) {
  publish_outcome_ = absl::UnavailableError("not connected");
  request_.set_auto_extract(true);
  const grpc::Status lost = call(&RegistryHandler::UpdateApplication, request_, response_);
  EXPECT_EQ(lost.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(lost.error_message(), HasSubstr("the change is stored"));
  publish_outcome_ = absl::OkStatus();
  EXPECT_TRUE(call(&RegistryHandler::UpdateApplication, request_, response_).ok());
  EXPECT_EQ(response_.rules_version(), 2);
  EXPECT_EQ(published_.size(), 2U);
}

TEST_F(ApplicationCallsItest, ARefusedChangeIsNotAnnounced) {
  request_.set_name("nobody");
  request_.set_auto_extract(true);
  EXPECT_EQ(call(&RegistryHandler::UpdateApplication, request_, response_).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(published_, IsEmpty());
}

}  // namespace
}  // namespace millrace::registry
