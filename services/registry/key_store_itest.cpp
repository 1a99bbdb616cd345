// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "registry/key_store.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

class KeyStoreItest : public RegistryItest {
 protected:
  // The fixture's own key.
  std::int64_t first_id() { return keys_.list()->front().key_id(); }
};

TEST_F(KeyStoreItest, FindsValidKeysOnly) {
  const auto created = keys_.create("ci", rpc::sha256("k"));
  ASSERT_TRUE(created.ok()) << created.status();
  const auto found = keys_.find(rpc::sha256("k"));
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->key_id, created->key_id());
  EXPECT_EQ((*found)->key_name, "ci");
  EXPECT_FALSE(keys_.find(rpc::sha256("other"))->has_value());
  EXPECT_FALSE(keys_.find("no hash")->has_value());
  ASSERT_TRUE(keys_.revoke(created->key_id()).ok());
  EXPECT_FALSE(keys_.find(rpc::sha256("k"))->has_value());
}

TEST_F(KeyStoreItest, ANameIsFreeAgainAfterRevocation) {
  const auto first = keys_.create("ci", rpc::sha256("1"));
  EXPECT_EQ(keys_.create("ci", rpc::sha256("2")).status().code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(keys_.revoke(first->key_id()).ok());
  EXPECT_TRUE(keys_.create("ci", rpc::sha256("2")).ok());
  EXPECT_EQ(keys_.list()->size(), 3U);
}

TEST_F(KeyStoreItest, TwoCallersCannotRevokeTheLastTwoKeys) {
  const auto second = keys_.create("second", rpc::sha256("2"));
  const std::int64_t ids[] = {first_id(), second->key_id()};
  std::array<absl::Status, 2> done;
  {
    std::jthread one([&] { done[0] = keys_.revoke(ids[0]).status(); });
    std::jthread two([&] { done[1] = keys_.revoke(ids[1]).status(); });
  }
  EXPECT_NE(done[0].ok(), done[1].ok());
  const absl::Status& refused = done[0].ok() ? done[1] : done[0];
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
}

TEST_F(KeyStoreItest, RevokingTwiceIsRevokingOnce) {
  const auto key = keys_.create("ci", rpc::sha256("k"));
  const auto revoked = keys_.revoke(key->key_id());
  EXPECT_EQ(keys_.revoke(key->key_id())->SerializeAsString(), revoked->SerializeAsString());
  EXPECT_EQ(keys_.revoke(999).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(KeyStoreItest, ValidKeysAreBounded) {
  sql("INSERT INTO registry.api_key (name, sha256) "
      "SELECT 'k' || n, sha256(n::text::bytea) FROM generate_series(2, 1000) n");
  EXPECT_EQ(keys_.create("one more", rpc::sha256("k")).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace millrace::registry
