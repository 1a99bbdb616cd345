// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <thread>

#include "registry/admin_key.h"
#include "registry/key.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AdminKeyItest : public RegistryItest {
 protected:
  AdminKeyItest() {
    sql("DELETE FROM registry.api_key");
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-key-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    file_ = (folder_ / "admin.key").string();
  }
  ~AdminKeyItest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<std::vector<std::int64_t>> ensure(bool reset = false) {
    return ensure_admin_key(keys_, {file_, reset}, log_);
  }
  std::string key_in_file() const {
    std::string key;
    std::ifstream(file_) >> key;
    return key;
  }
  bool is_valid(const std::string& key) { return keys_.find(rpc::sha256(key))->has_value(); }

  std::filesystem::path folder_;
  std::string file_;
};

TEST_F(AdminKeyItest, IsMadeOnceAndWorks) {
  ASSERT_TRUE(ensure().ok());
  const std::string key = key_in_file();
  EXPECT_TRUE(is_valid(key));
  ASSERT_TRUE(ensure().ok());
  EXPECT_EQ(key_in_file(), key);
  EXPECT_EQ(keys_.list()->size(), 1U);
}

TEST_F(AdminKeyItest, IsNotMadeWhenItsFileCannotBeWritten) {
  file_ = (folder_ / "missing" / "admin.key").string();
  EXPECT_EQ(ensure().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(*keys_.list(), IsEmpty());
}

TEST_F(AdminKeyItest, IsNotMadeWhenThereIsAnyOtherKey) {
  ASSERT_TRUE(keys_.create("other", rpc::sha256("k")).ok());
  ASSERT_TRUE(ensure().ok());
  EXPECT_FALSE(file_exists(file_));
}

TEST_F(AdminKeyItest, AResetReplacesTheOneNamedAdmin) {
  ASSERT_TRUE(ensure().ok());
  ASSERT_TRUE(keys_.create("other", rpc::sha256("k")).ok());
  const std::string old = key_in_file();
  const std::int64_t old_id = keys_.list()->front().key_id();
  const auto revoked = ensure(/*reset=*/true);
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_THAT(*revoked, ElementsAre(old_id));
  EXPECT_FALSE(is_valid(old));
  EXPECT_TRUE(is_valid(key_in_file()));
  EXPECT_TRUE(is_valid("k"));
}

TEST_F(AdminKeyItest, ReplicasThatStartTogetherMakeOne) {
  {
    std::vector<std::jthread> replicas;
    for (int i = 0; i < 4; ++i) {
      replicas.emplace_back([this] { EXPECT_TRUE(ensure().ok()); });
    }
  }
  EXPECT_EQ(keys_.list()->size(), 1U);
  EXPECT_TRUE(is_valid(key_in_file()));
}

}  // namespace
}  // namespace millrace::registry
