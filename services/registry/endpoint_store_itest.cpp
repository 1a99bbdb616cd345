// SPDX-License-Identifier: Apache-2.0
#include "registry/endpoint_store.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

class EndpointStoreItest : public RegistryItest {
 protected:
  EndpointStoreItest() { make_app_version(); }
};

TEST_F(EndpointStoreItest, MakesAnEndpointWithItsFirstToken) {
  const auto created = endpoints_.create({"v1", "e1", rpc::sha256("t1")});
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->application_name(), "app");
  ASSERT_EQ(created->tokens_size(), 1);
  EXPECT_EQ(created->tokens(0).state(), v1::TOKEN_STATE_INACTIVE);
  EXPECT_EQ(endpoints_.get("e1")->SerializeAsString(), created->SerializeAsString());
}

TEST_F(EndpointStoreItest, MakesBothOrNone) {
  ASSERT_TRUE(endpoints_.create({"v1", "e1", rpc::sha256("t1")}).ok());
  EXPECT_EQ(endpoints_.create({"v1", "e2", rpc::sha256("t1")}).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(endpoints_.get("e2").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(endpoints_.create({"v1", "e1", rpc::sha256("t2")}).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(sql("SELECT count(*) FROM registry.token").int8(0, 0), 1);
}

TEST_F(EndpointStoreItest, WantsAVersionThatExists) {
  EXPECT_EQ(endpoints_.create({"none", "e1", rpc::sha256("t")}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(EndpointStoreItest, ListsEndpointsWithTheirTokens) {
  for (const char* id : {"c", "a", "b"}) {
    ASSERT_TRUE(endpoints_.create({"v1", id, rpc::sha256(id)}).ok());
  }
  ASSERT_TRUE(tokens_.create("b", rpc::sha256("second")).ok());
  for (const char* application : {"", "app"}) {
    const auto listed = endpoints_.list(application, {"a", 10});
    ASSERT_EQ(listed->size(), 2U) << application;
    EXPECT_EQ((*listed)[0].endpoint_id(), "b");
    EXPECT_EQ((*listed)[0].tokens_size(), 2);
    EXPECT_EQ((*listed)[0].tokens(1).endpoint_id(), "b");
    EXPECT_EQ((*listed)[1].app_version_name(), "v1");
  }
  EXPECT_TRUE(endpoints_.list("other", {"", 10})->empty());
}

}  // namespace
}  // namespace millrace::registry
