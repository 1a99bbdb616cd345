// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "registry/application_store.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::ElementsAre;

class ApplicationStoreItest : public RegistryItest {
 protected:
  absl::StatusOr<v1::Application> create(const std::string& name) {
    v1::CreateApplicationRequest request;
    request.set_name(name);
    request.set_display_name("Größe");
    return applications_.create(request, {});
  }
};

TEST_F(ApplicationStoreItest, KeepsWhatItWasGiven) {
  const auto created = create("demo");
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->display_name(), "Größe");
  EXPECT_FALSE(created->auto_extract());
  EXPECT_EQ(created->rules_version(), 1);
  EXPECT_EQ(applications_.get("demo")->SerializeAsString(), created->SerializeAsString());
}

TEST_F(ApplicationStoreItest, UploadRulesAreOffAtFirstAndChangeOneByOne) {
  const auto created = create("demo");
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->max_uploads_per_second(), 0);
  EXPECT_EQ(created->max_upload_burst(), 0);
  EXPECT_FALSE(created->relaxed_resource_paths());
  v1::UpdateApplicationRequest update;
  update.set_name("demo");
  update.set_max_uploads_per_second(0.25);
  update.set_relaxed_resource_paths(true);
  ASSERT_TRUE(applications_.update(update, {}).ok());
  v1::UpdateApplicationRequest other;
  other.set_name("demo");
  other.set_max_upload_burst(9);
  const auto updated = applications_.update(other, {});
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->max_uploads_per_second(), 0.25);
  EXPECT_EQ(updated->max_upload_burst(), 9);
  EXPECT_TRUE(updated->relaxed_resource_paths());
  EXPECT_EQ(updated->rules_version(), 1) << "they are no series rules";
  other.Clear();
  other.set_name("demo");
  other.set_max_uploads_per_second(0);
  EXPECT_EQ(applications_.update(other, {})->max_uploads_per_second(), 0);
}

TEST_F(ApplicationStoreItest, AnApplicationMayBeginWithUploadRules) {
  v1::CreateApplicationRequest request;
  request.set_name("demo");
  request.set_max_uploads_per_second(10);
  request.set_max_upload_burst(100);
  request.set_relaxed_resource_paths(true);
  const auto created = applications_.create(request, {});
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->max_uploads_per_second(), 10);
  EXPECT_EQ(applications_.list(Scope::all(), {"", 1})->front().SerializeAsString(),
            created->SerializeAsString());
}

TEST_F(ApplicationStoreItest, TellsTakenAndUnknownNames) {
  ASSERT_TRUE(create("demo").ok());
  EXPECT_EQ(create("demo").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(applications_.get("other").status().code(), absl::StatusCode::kNotFound);
  v1::UpdateApplicationRequest update;
  update.set_name("other");
  EXPECT_EQ(applications_.update(update, {}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ApplicationStoreItest, ListsByteByByte) {
  for (const char* name : {"b", "a_b", "a-b", "ab", "a1"}) ASSERT_TRUE(create(name).ok());
  const auto listed = applications_.list(Scope::all(), {"", 10});
  ASSERT_TRUE(listed.ok()) << listed.status();
  std::vector<std::string> names;
  for (const auto& application : *listed) names.push_back(application.name());
  EXPECT_THAT(names, ElementsAre("a-b", "a1", "a_b", "ab", "b"));
  EXPECT_EQ(applications_.list(Scope::all(), {"a1", 2})->front().name(), "a_b");
  EXPECT_EQ(applications_.list(Scope::all(), {"a1", 2})->size(), 2U);
  const Scope some(rpc::Caller{1, "bound", rpc::Role::kReader, {"b", "a1", "none"}});
  ASSERT_EQ(applications_.list(some, {"", 1})->size(), 1U);
  EXPECT_EQ(applications_.list(some, {"", 1})->front().name(), "a1");
  ASSERT_EQ(applications_.list(some, {"a1", 10})->size(), 1U);
  EXPECT_EQ(applications_.list(some, {"a1", 10})->front().name(), "b");
  EXPECT_TRUE(applications_.list(Scope::all(), {"b", 2})->empty());
}

TEST_F(ApplicationStoreItest, CountsEachChangeOfTheRulesOnceWhoeverMakesIt) {
  ASSERT_TRUE(create("demo").ok());
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([this] {
        v1::UpdateApplicationRequest request;
        request.set_name("demo");
        request.set_auto_extract(true);
        EXPECT_TRUE(applications_.update(request, {}).ok());
      });
    }
  }
  EXPECT_EQ(applications_.get("demo")->rules_version(), 2);
}

TEST_F(ApplicationStoreItest, SaysThatTheDatabaseIsAway) {
  postgres::ConnectionOptions nowhere;
  nowhere.url = "postgresql://127.0.0.1:1/none";
  postgres::Pool pool(nowhere, 1);
  EXPECT_EQ(ApplicationStore(pool).get("demo").status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace millrace::registry
