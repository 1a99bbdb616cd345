// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "registry/registry_fixture.h"
#include "registry/token_look_ups.h"

namespace millrace::registry {
namespace {

using identity::v1::EndpointTokensRequest;
using identity::v1::EndpointTokensResponse;
using testing::ElementsAre;

class TokenLookUpsItest : public RegistryItest {
 protected:
  TokenLookUpsItest() { make_app_version(); }

  void ask_for(const std::string& version, const std::string& token) {
    auto& sought = *request_.add_tokens();
    sought.set_app_version_name(version);
    sought.set_token(token);
  }
  // "<code> <endpoint>" of each.
  std::vector<std::string> answers() {
    EndpointTokensResponse response;
    EXPECT_TRUE(response.ParseFromString(look_ups_.many(request_.SerializeAsString()).bytes));
    EXPECT_EQ(response.status_code(), 200) << response.reason_phrase();
    std::vector<std::string> texts;
    for (const auto& each : response.answers()) {
      texts.push_back(fmt::format("{} {}", each.status_code(), each.endpoint_id()));
    }
    return texts;
  }
  v1::TokenState state_of(const std::string& endpoint_id) {
    return endpoints_.get(Scope::all(), endpoint_id)->tokens(0).state();
  }

  EndpointTokensRequest request_;
  TokenLookUps look_ups_{pool_, platform_};
};

TEST_F(TokenLookUpsItest, EachTokenOfAQuestionHasItsOwnAnswer) {
  const std::string first = make_endpoint("e1").token();
  const auto second = make_endpoint("e2");
  const std::int64_t suspended = second.endpoint().tokens(0).token_id();
  ASSERT_TRUE(tokens_.set_state(Scope::all(), suspended, v1::TOKEN_STATE_SUSPENDED).ok());
  ask_for("v1", "nobody's");
  ask_for("v1", second.token());
  ask_for("No Such", first);
  ask_for("none", first);
  ask_for("v1", first);
  ask_for("v1", first);
  EXPECT_THAT(answers(), ElementsAre("404 ", "403 e2", "404 ", "404 ", "200 e1", "200 e1"));
}

TEST_F(TokenLookUpsItest, TheFirstQuestionMakesTokensActive) {
  for (const char* id : {"e1", "e2", "e3"}) ask_for("v1", make_endpoint(id).token());
  EXPECT_EQ(state_of("e2"), v1::TOKEN_STATE_INACTIVE);
  EXPECT_THAT(answers(), ElementsAre("200 e1", "200 e2", "200 e3"));
  for (const char* id : {"e1", "e2", "e3"}) EXPECT_EQ(state_of(id), v1::TOKEN_STATE_ACTIVE) << id;
}

TEST_F(TokenLookUpsItest, AnAnswerCarriesWhatTheApplicationAllows) {
  v1::UpdateApplicationRequest update;
  update.set_name("app");
  update.set_max_uploads_per_second(2);
  ASSERT_TRUE(applications_.update(update, {}).ok());
  ask_for("v1", make_endpoint("e1").token());
  EndpointTokensResponse response;
  ASSERT_TRUE(response.ParseFromString(look_ups_.many(request_.SerializeAsString()).bytes));
  EXPECT_EQ(response.answers(0).upload_rules().max_uploads_per_second(), 2);
  EXPECT_FALSE(response.answers(0).upload_rules().relaxed_resource_paths());
}

}  // namespace
}  // namespace millrace::registry
