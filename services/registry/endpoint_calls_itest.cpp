// SPDX-License-Identifier: Apache-2.0
//
// What these calls tell the other services; every method and error: tests/service/test_registry.py.
#include "lib/bus/subjects.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Pair;

class EndpointCallsItest : public RegistryItest {
 protected:
  EndpointCallsItest() { make_app_version(); }

  grpc::Status set_state(std::int64_t token_id, v1::TokenState state) {
    v1::SetTokenStateRequest request;
    request.set_token_id(token_id);
    request.set_state(state);
    v1::Token response;
    return call(&RegistryHandler::SetTokenState, request, response);
  }
};

TEST_F(EndpointCallsItest, AnEndpointIsMadeAlsoWhenNobodyCanBeTold) {
  publish_outcome_ = absl::UnavailableError("not connected");
  EXPECT_EQ(make_endpoint("e1").endpoint().endpoint_id(), "e1");
}

TEST_F(EndpointCallsItest, ASuspensionThatNobodyHeardOfIsToldToTheCaller) {
  const std::int64_t token_id = make_endpoint("e1").endpoint().tokens(0).token_id();
  publish_outcome_ = absl::UnavailableError("not connected");
  EXPECT_EQ(set_state(token_id, v1::TOKEN_STATE_SUSPENDED).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  publish_outcome_ = absl::OkStatus();
  EXPECT_TRUE(set_state(token_id, v1::TOKEN_STATE_SUSPENDED).ok());
  EXPECT_THAT(published_, ElementsAre(Pair(bus::subjects::kTokenActivated, _),
                                      Pair(bus::subjects::kTokenRevoked, _),
                                      Pair(bus::subjects::kTokenRevoked, _)));
}

TEST_F(EndpointCallsItest, ASecondTokenIsAnnounced) {
  make_endpoint("e1");
  v1::CreateTokenRequest request;
  request.set_endpoint_id("e1");
  v1::CreateTokenResponse response;
  EXPECT_TRUE(call(&RegistryHandler::CreateToken, request, response).ok());
  EXPECT_EQ(response.token().size(), 20U);
  EXPECT_THAT(published_, ElementsAre(Pair(bus::subjects::kTokenActivated, _),
                                      Pair(bus::subjects::kTokenActivated, _)));
}

}  // namespace
}  // namespace millrace::registry
