// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <thread>

#include "registry/registry_fixture.h"
#include "registry/token_store.h"

namespace millrace::registry {
namespace {

class TokenStoreItest : public RegistryItest {
 protected:
  TokenStoreItest() {
    make_app_version();
    const auto endpoint = endpoints_.create(Scope::all(), {"v1", "e1", rpc::sha256("t1")});
    EXPECT_TRUE(endpoint.ok());
    token_id_ = endpoint->tokens(0).token_id();
  }
  absl::StatusOr<TokenMatch> find(const std::string& version, const std::string& token) {
    auto matches = tokens_.find({{version, rpc::sha256(token)}});
    if (!matches.ok()) return matches.status();
    EXPECT_EQ(matches->size(), 1U);
    return matches->front();
  }
  std::int64_t token_id_ = 0;
};

TEST_F(TokenStoreItest, FindsWhatATokenStandsFor) {
  const auto match = find("v1", "t1");
  ASSERT_TRUE(match.ok()) << match.status();
  EXPECT_EQ(match->application_name, "app");
  EXPECT_EQ(match->endpoint_id, "e1");
  EXPECT_EQ(match->token_id, token_id_);
  EXPECT_EQ(match->state, v1::TOKEN_STATE_INACTIVE);
}

TEST_F(TokenStoreItest, TellsUnknownVersionsFromUnknownTokens) {
  EXPECT_EQ(find("none", "t1")->application_name, "");
  const auto unknown = find("v1", "none");
  EXPECT_EQ(unknown->application_name, "app");
  EXPECT_EQ(unknown->token_id, 0);
}

TEST_F(TokenStoreItest, FindsManyAtOnceInTheOrderOfTheQuestion) {
  make_application("app2", "v2");
  ASSERT_TRUE(endpoints_.create(Scope::all(), {"v2", "e2", rpc::sha256("t1")}).ok());
  const auto matches = tokens_.find({{"v2", rpc::sha256("t1")},
                                     {"none", rpc::sha256("t1")},
                                     {"v1", rpc::sha256("t1")},
                                     {"v1", rpc::sha256("other")},
                                     {"v2", rpc::sha256("t1")}});
  ASSERT_TRUE(matches.ok()) << matches.status();
  std::vector<std::string> found;
  for (const TokenMatch& match : *matches) {
    found.push_back(match.application_name + " " + match.endpoint_id);
  }
  EXPECT_THAT(found, testing::ElementsAre("app2 e2", " ", "app e1", "app ", "app2 e2"));
}

TEST_F(TokenStoreItest, TellsWhatTheApplicationAllows) {
  v1::UpdateApplicationRequest update;
  update.set_name("app");
  update.set_max_uploads_per_second(0.5);
  update.set_max_upload_burst(7);
  update.set_relaxed_resource_paths(true);
  ASSERT_TRUE(applications_.update(update, {}).ok());
  const auto match = find("v1", "t1");
  ASSERT_TRUE(match.ok()) << match.status();
  EXPECT_EQ(match->upload_rules.max_uploads_per_second(), 0.5);
  EXPECT_EQ(match->upload_rules.max_upload_burst(), 7);
  EXPECT_TRUE(match->upload_rules.relaxed_resource_paths());
}

TEST_F(TokenStoreItest, AnEndpointsOwnQuotaCountsInsteadOfItsApplications) {
  v1::UpdateApplicationRequest update;
  update.set_name("app");
  update.set_max_uploads_per_second(5);
  update.set_max_upload_burst(50);
  ASSERT_TRUE(applications_.update(update, {}).ok());
  v1::SetEndpointQuotaRequest quota;
  quota.set_endpoint_id("e1");
  quota.set_max_uploads_per_second(0);
  ASSERT_TRUE(endpoints_.set_quota(Scope::all(), quota).ok());
  EXPECT_EQ(find("v1", "t1")->upload_rules.max_uploads_per_second(), 0);
  EXPECT_EQ(find("v1", "t1")->upload_rules.max_upload_burst(), 0);
  quota.clear_max_uploads_per_second();
  ASSERT_TRUE(endpoints_.set_quota(Scope::all(), quota).ok());
  EXPECT_EQ(find("v1", "t1")->upload_rules.max_uploads_per_second(), 5);
  EXPECT_EQ(find("v1", "t1")->upload_rules.max_upload_burst(), 50);
}

TEST_F(TokenStoreItest, MarksManyAsUsedAtOnceAndEachOnce) {
  std::vector<std::int64_t> ids{token_id_};
  for (int i = 0; i < 10; ++i) {
    ids.push_back(
        tokens_.create(Scope::all(), "e1", rpc::sha256(std::to_string(i)))->token.token_id());
  }
  ASSERT_TRUE(tokens_.set_state(Scope::all(), ids[3], v1::TOKEN_STATE_SUSPENDED).ok());
  std::atomic<std::size_t> marked = 0;
  {
    std::vector<std::jthread> replicas;
    for (int i = 0; i < 4; ++i) {
      replicas.emplace_back([&, i] {
        std::vector<std::int64_t> asked = ids;
        if (i % 2 == 1) std::reverse(asked.begin(), asked.end());
        marked += tokens_.mark_used(asked).value().size();
      });
    }
  }
  EXPECT_EQ(marked, 10U);
}

TEST_F(TokenStoreItest, ExactlyOneOfManyMarksATokenAsUsed) {
  std::atomic<int> marked = 0;
  {
    std::vector<std::jthread> users;
    for (int i = 0; i < 8; ++i) {
      users.emplace_back(
          [&] { marked += static_cast<int>(tokens_.mark_used({token_id_})->size()); });
    }
  }
  EXPECT_EQ(marked, 1);
  EXPECT_EQ(find("v1", "t1")->state, v1::TOKEN_STATE_ACTIVE);
}

TEST_F(TokenStoreItest, AUseDoesNotUndoASuspension) {
  ASSERT_TRUE(tokens_.set_state(Scope::all(), token_id_, v1::TOKEN_STATE_SUSPENDED).ok());
  EXPECT_TRUE(tokens_.mark_used({token_id_})->empty());
  EXPECT_EQ(find("v1", "t1")->state, v1::TOKEN_STATE_SUSPENDED);
}

TEST_F(TokenStoreItest, ARevokedTokenStaysRevoked) {
  const auto revoked = tokens_.set_state(Scope::all(), token_id_, v1::TOKEN_STATE_REVOKED);
  ASSERT_TRUE(revoked.ok());
  EXPECT_EQ(revoked->application_name, "app");
  EXPECT_EQ(revoked->token.endpoint_id(), "e1");
  EXPECT_EQ(tokens_.set_state(Scope::all(), token_id_, v1::TOKEN_STATE_ACTIVE).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(tokens_.create(Scope::all(), "e1", rpc::sha256("t1")).status().code(),
            absl::StatusCode::kAlreadyExists)
      << "its text must not come back";
}

TEST_F(TokenStoreItest, ManyCallersCannotPassTheLimit) {
  std::atomic<int> created = 0;
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < 10; ++i) {
          const std::string token = std::to_string(caller * 100 + i);
          created += tokens_.create(Scope::all(), "e1", rpc::sha256(token)).ok() ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(created, kMaxTokensPerEndpoint - 1);
}

TEST_F(TokenStoreItest, ShowsABoundedNumberOfRevokedTokens) {
  for (int i = 0; i < 25; ++i) {
    const auto token = tokens_.create(Scope::all(), "e1", rpc::sha256(std::to_string(i)));
    ASSERT_TRUE(
        tokens_.set_state(Scope::all(), token->token.token_id(), v1::TOKEN_STATE_REVOKED).ok());
  }
  const auto endpoint = endpoints_.get(Scope::all(), "e1");
  EXPECT_EQ(endpoint->tokens_size(), 21) << "one usable, the 20 newest revoked";
  EXPECT_EQ(endpoint->tokens(0).token_id(), token_id_);
}

TEST_F(TokenStoreItest, FindsTheIdByText) {
  EXPECT_EQ(*tokens_.id_of("app", rpc::sha256("t1")), token_id_);
  EXPECT_EQ(tokens_.id_of("app", rpc::sha256("x")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(tokens_.id_of("none", rpc::sha256("t1")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(tokens_.set_state(Scope::all(), 999, v1::TOKEN_STATE_ACTIVE).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace millrace::registry
