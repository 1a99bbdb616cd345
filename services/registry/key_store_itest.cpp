// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "registry/application_store.h"
#include "registry/key_store.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::ElementsAre;

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

TEST_F(KeyStoreItest, AKeyKeepsItsLimits) {
  for (const char* name : {"fleet", "plant"}) make_application(name, name);
  const KeyLimits limits{rpc::Role::kOperator, {"plant", "fleet"}};
  const auto created = keys_.create("gate", rpc::sha256("k"), limits);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->role(), identity::v1::API_KEY_ROLE_OPERATOR);
  EXPECT_THAT(created->application_names(), ElementsAre("fleet", "plant"));
  const auto found = keys_.find(rpc::sha256("k"));
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_EQ((*found)->role, rpc::Role::kOperator);
  EXPECT_THAT((*found)->application_names, ElementsAre("fleet", "plant"));
  EXPECT_EQ(keys_.list()->back().SerializeAsString(), created->SerializeAsString());
  EXPECT_EQ(keys_.get(created->key_id())->SerializeAsString(), created->SerializeAsString());
  EXPECT_EQ(keys_.get(created->key_id() + 1).status().code(), absl::StatusCode::kNotFound);
  const auto revoked = keys_.revoke(created->key_id());
  EXPECT_EQ(revoked->role(), identity::v1::API_KEY_ROLE_OPERATOR);
  EXPECT_THAT(revoked->application_names(), ElementsAre("fleet", "plant"));
  EXPECT_FALSE(keys_.find(rpc::sha256("k"))->has_value());
}

TEST_F(KeyStoreItest, AKeyIsNotMadeForAnApplicationThatIsNotThere) {
  make_application("fleet", "v");
  const auto made = keys_.create("gate", rpc::sha256("k"), {rpc::Role::kReader, {"fleet", "no"}});
  EXPECT_EQ(made.status(), unknown_application("no"));
  EXPECT_FALSE(keys_.find(rpc::sha256("k"))->has_value());
  EXPECT_EQ(keys_.list()->size(), 1U) << "nothing is left of it";
}

// The statement of programs that know no limits.
TEST_F(KeyStoreItest, AnOlderProgramFindsNoKeyThatHasLimits) {
  constexpr char kOldFind[] =
      "SELECT key_id, name FROM registry.api_key WHERE sha256 = sha256('k') AND revoked_at IS NULL";
  const auto limited = keys_.create("r", rpc::sha256("k"), {rpc::Role::kReader, {}});
  ASSERT_TRUE(limited.ok()) << limited.status();
  EXPECT_EQ(sql(kOldFind).rows(), 0);
  ASSERT_TRUE(keys_.revoke(limited->key_id()).ok());
  ASSERT_TRUE(keys_.create("a", rpc::sha256("k"), {rpc::Role::kAdmin, {}}).ok());
  EXPECT_EQ(sql(kOldFind).rows(), 1);
}

TEST_F(KeyStoreItest, AKeyMadeByAnOlderProgramIsAnAdmin) {
  sql("INSERT INTO registry.api_key (name, sha256) VALUES ('old', sha256('old'))");
  const auto found = keys_.find(rpc::sha256("old"));
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_EQ((*found)->role, rpc::Role::kAdmin);
  EXPECT_FALSE((*found)->is_bound());
}

TEST_F(KeyStoreItest, AnApplicationThatAKeyIsBoundToCannotGo) {
  make_application("fleet", "v");
  ASSERT_TRUE(keys_.create("r", rpc::sha256("k"), {rpc::Role::kReader, {"fleet"}}).ok());
  auto connection = pool_.acquire(kConnectionWait);
  EXPECT_EQ((*connection)
                ->execute("DELETE FROM registry.application WHERE name = 'fleet'")
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition)
      << "the key would be bound to none, which means all";
}

TEST_F(KeyStoreItest, TheLastAdminStaysHoweverManyOthersThereAre) {
  const auto reader = keys_.create("r", rpc::sha256("r"), {rpc::Role::kReader, {}});
  const auto operators = keys_.create("o", rpc::sha256("o"), {rpc::Role::kOperator, {}});
  EXPECT_EQ(keys_.revoke(first_id()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(keys_.revoke(reader->key_id()).ok());
  EXPECT_TRUE(keys_.revoke(operators->key_id()).ok());
  ASSERT_TRUE(keys_.create("a", rpc::sha256("a")).ok());
  EXPECT_TRUE(keys_.revoke(first_id()).ok());
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
