// SPDX-License-Identifier: Apache-2.0
#include "lib/error/error.h"
#include "registry/app_version_store.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

class AppVersionStoreItest : public RegistryItest {
 protected:
  AppVersionStoreItest() {
    for (const char* name : {"app", "other"}) {
      v1::CreateApplicationRequest request;
      request.set_name(name);
      EXPECT_TRUE(applications_.create(request, {}).ok());
    }
  }
  absl::Status create(const std::string& application, const std::string& name) {
    v1::CreateAppVersionRequest request;
    request.set_application_name(application);
    request.set_name(name);
    return versions_.create(request).status();
  }
};

TEST_F(AppVersionStoreItest, NamesAreUniqueAmongAllApplications) {
  EXPECT_TRUE(create("app", "v1").ok());
  EXPECT_EQ(create("app", "v1").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(create("other", "v1").code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(AppVersionStoreItest, WantsAnApplicationThatExists) {
  EXPECT_EQ(create("nobody", "v1").code(), absl::StatusCode::kNotFound);
}

TEST_F(AppVersionStoreItest, ListsAllOrThoseOfOneApplication) {
  for (const char* name : {"b", "a", "c"}) ASSERT_TRUE(create("app", name).ok());
  ASSERT_TRUE(create("other", "bb").ok());
  const auto all = versions_.list(Scope::all(), {"a", 2});
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].name(), "b");
  EXPECT_EQ((*all)[1].name(), "bb");
  EXPECT_EQ((*all)[1].application_name(), "other");
  const auto of_one = versions_.list(Scope::of("app"), {"a", 10});
  ASSERT_EQ(of_one->size(), 2U);
  EXPECT_EQ((*of_one)[1].name(), "c");
  EXPECT_EQ((*of_one)[1].application_name(), "app");
}

TEST_F(AppVersionStoreItest, ListsOfSomeApplicationsArePagedAsIfTheOthersWereNot) {
  make_application("third", "d");
  for (const char* name : {"a", "c", "f"}) ASSERT_TRUE(create("app", name).ok());
  for (const char* name : {"b", "e"}) ASSERT_TRUE(create("other", name).ok());
  const Scope scope(rpc::Caller{1, "bound", rpc::Role::kReader, {"third", "app"}});
  std::string seen;
  for (std::string after; seen.size() < 10;) {
    const auto page = versions_.list(scope, {after, 2});
    ASSERT_TRUE(page.ok()) << page.status();
    if (page->empty()) break;
    for (const v1::AppVersion& version : *page) seen += version.name();
    after = page->back().name();
  }
  EXPECT_EQ(seen, "acdf");
}

TEST_F(AppVersionStoreItest, AVersionIsFoundInItsScopeOnly) {
  make_application("found", "found-v");
  EXPECT_EQ(versions_.get(Scope::all(), "found-v")->application_name(), "found");
  EXPECT_EQ(versions_.get(Scope::of("found"), "found-v")->name(), "found-v");
  const auto foreign = versions_.get(Scope::of("other"), "found-v");
  EXPECT_EQ(foreign.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(error::message(foreign.status()), "cannot find application version \"found-v\"");
  EXPECT_EQ(versions_.get(Scope::all(), "none").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace millrace::registry
