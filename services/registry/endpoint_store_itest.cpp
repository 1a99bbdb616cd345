// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/endpoint_store.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

class EndpointStoreItest : public RegistryItest {
 protected:
  EndpointStoreItest() { make_app_version(); }
  static EndpointFilter all_of(const Scope& scope) {
    EndpointFilter filter;
    filter.scope = scope;
    return filter;
  }
};

TEST_F(EndpointStoreItest, MakesAnEndpointWithItsFirstToken) {
  const auto created = endpoints_.create(Scope::all(), {"v1", "e1", rpc::sha256("t1")});
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->application_name(), "app");
  ASSERT_EQ(created->tokens_size(), 1);
  EXPECT_EQ(created->tokens(0).state(), v1::TOKEN_STATE_INACTIVE);
  EXPECT_EQ(endpoints_.get(Scope::all(), "e1")->SerializeAsString(), created->SerializeAsString());
}

TEST_F(EndpointStoreItest, MakesBothOrNone) {
  ASSERT_TRUE(endpoints_.create(Scope::all(), {"v1", "e1", rpc::sha256("t1")}).ok());
  EXPECT_EQ(endpoints_.create(Scope::all(), {"v1", "e2", rpc::sha256("t1")}).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(endpoints_.get(Scope::all(), "e2").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(endpoints_.create(Scope::all(), {"v1", "e1", rpc::sha256("t2")}).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(sql("SELECT count(*) FROM registry.token").int8(0, 0), 1);
}

TEST_F(EndpointStoreItest, WantsAVersionThatExists) {
  EXPECT_EQ(endpoints_.create(Scope::all(), {"none", "e1", rpc::sha256("t")}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(EndpointStoreItest, ListsEndpointsWithTheirTokens) {
  for (const char* id : {"c", "a", "b"}) {
    ASSERT_TRUE(endpoints_.create(Scope::all(), {"v1", id, rpc::sha256(id)}).ok());
  }
  ASSERT_TRUE(tokens_.create(Scope::all(), "b", rpc::sha256("second")).ok());
  for (const Scope& scope : {Scope::all(), Scope::of("app")}) {
    const auto listed = endpoints_.list(all_of(scope), {"a", 10});
    ASSERT_EQ(listed->size(), 2U);
    EXPECT_EQ((*listed)[0].endpoint_id(), "b");
    EXPECT_EQ((*listed)[0].tokens_size(), 2);
    EXPECT_EQ((*listed)[0].tokens(1).endpoint_id(), "b");
    EXPECT_EQ((*listed)[1].app_version_name(), "v1");
  }
  EXPECT_TRUE(endpoints_.list(all_of(Scope::of("other")), {"", 10})->empty());
}

// Others have ids between ours: a page must not end early, nor skip any.
TEST_F(EndpointStoreItest, ListsOfSomeApplicationsArePagedAsIfTheOthersWereNot) {
  make_application("second", "second-v");
  make_application("foreign", "foreign-v");
  const std::string versions[] = {"v1", "second-v", "foreign-v"};
  for (int i = 0; i < 12; ++i) {
    const std::string id = fmt::format("e{:02}", i);
    ASSERT_TRUE(endpoints_.create(Scope::all(), {versions[i % 3], id, rpc::sha256(id)}).ok());
  }
  const Scope scope(rpc::Caller{1, "bound", rpc::Role::kReader, {"second", "app"}});
  std::vector<std::string> seen;
  std::string after;
  while (true) {
    const auto page = endpoints_.list(all_of(scope), {after, 3});
    ASSERT_TRUE(page.ok()) << page.status();
    if (page->empty()) break;
    for (const v1::Endpoint& endpoint : *page) {
      seen.push_back(endpoint.endpoint_id());
      EXPECT_EQ(endpoint.application_name() == "app", endpoint.app_version_name() == "v1");
    }
    after = seen.back();
  }
  EXPECT_THAT(seen, ::testing::ElementsAre("e00", "e01", "e03", "e04", "e06", "e07", "e09", "e10"));
}

TEST_F(EndpointStoreItest, ListsWhatMeetsTheFilterAndCountsIt) {
  make_application("second", "second-v");
  for (const char* id : {"Pump_1", "pump-2", "PUMP.3", "valve"}) {
    ASSERT_TRUE(endpoints_.create(Scope::all(), {"v1", id, rpc::sha256(id)}).ok());
  }
  ASSERT_TRUE(endpoints_.create(Scope::all(), {"second-v", "pump-9", rpc::sha256("t")}).ok());
  ASSERT_TRUE(tokens_.set_state(Scope::all(), 2, v1::TOKEN_STATE_SUSPENDED).ok());
  const Scope app = Scope::of("app");
  const struct {
    EndpointFilter filter;
    std::vector<std::string> ids;
  } cases[] = {
      {{app, "pump", "", {}}, {"PUMP.3", "Pump_1", "pump-2"}},
      {{Scope::all(), "UMP-", "", {}}, {"pump-2", "pump-9"}},
      // Neither is a wildcard, nor does a backslash take the next character's meaning.
      {{Scope::all(), "p_", "", {}}, {"Pump_1"}},
      {{Scope::all(), "%", "", {}}, {}},
      {{Scope::all(), "\\", "", {}}, {}},
      {{Scope::all(), "p\\_", "", {}}, {}},
      {{Scope::all(), "é", "", {}}, {}},
      {{Scope::all(), "", "second-v", {}}, {"pump-9"}},
      {{app, "", "second-v", {}}, {}},
      {{Scope::all(), "", "", v1::TOKEN_STATE_SUSPENDED}, {"pump-2"}},
      {{app, "valve", "v1", v1::TOKEN_STATE_INACTIVE}, {"valve"}},
      {{app, "valve", "v1", v1::TOKEN_STATE_SUSPENDED}, {}},
  };
  for (const auto& one : cases) {
    const auto listed = endpoints_.list(one.filter, {"", 10});
    ASSERT_TRUE(listed.ok()) << listed.status();
    std::vector<std::string> ids;
    for (const v1::Endpoint& endpoint : *listed) ids.push_back(endpoint.endpoint_id());
    EXPECT_EQ(ids, one.ids) << one.filter.search;
    EXPECT_EQ(*endpoints_.count(one.filter), static_cast<int>(one.ids.size())) << one.filter.search;
  }
}

TEST_F(EndpointStoreItest, WhatIsOutOfScopeIsAnsweredLikeWhatIsNotThere) {
  ASSERT_TRUE(endpoints_.create(Scope::all(), {"v1", "e1", rpc::sha256("t")}).ok());
  const Scope other = Scope::of("other");
  EXPECT_EQ(error::message(endpoints_.get(other, "e1").status()), "cannot find endpoint \"e1\"");
  EXPECT_EQ(endpoints_.get(other, "e1").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(endpoints_.create(other, {"v1", "e2", rpc::sha256("u")}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(tokens_.create(other, "e1", rpc::sha256("u")).status().code(),
            absl::StatusCode::kNotFound);
  const std::int64_t token_id = endpoints_.get(Scope::all(), "e1")->tokens(0).token_id();
  EXPECT_EQ(tokens_.set_state(other, token_id, v1::TOKEN_STATE_REVOKED).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(endpoints_.get(Scope::all(), "e1")->tokens_size(), 1) << "and nothing was done";
  EXPECT_EQ(endpoints_.get(Scope::all(), "e1")->tokens(0).state(), v1::TOKEN_STATE_INACTIVE);
}

TEST_F(EndpointStoreItest, TellsWhichEndpointsAreNotOfTheVersionsApplication) {
  make_application("second", "second-v");
  ASSERT_TRUE(endpoints_.create(Scope::all(), {"v1", "e1", rpc::sha256("t")}).ok());
  ASSERT_TRUE(endpoints_.create(Scope::all(), {"second-v", "e2", rpc::sha256("t")}).ok());
  const auto checked = endpoints_.check("v1", {"e2", "e1", "none"});
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->application_name, "app");
  EXPECT_THAT(checked->unknown_ids, ::testing::UnorderedElementsAre("e2", "none"));
  EXPECT_THAT(endpoints_.check("second-v", {"e2"})->unknown_ids, ::testing::IsEmpty());
  EXPECT_THAT(endpoints_.check("second-v", {})->application_name, "second");
  EXPECT_EQ(endpoints_.check("none", {"e1"})->application_name, "");
}

}  // namespace
}  // namespace millrace::registry
