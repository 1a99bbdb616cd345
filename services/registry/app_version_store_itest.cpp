// SPDX-License-Identifier: Apache-2.0
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
  const auto all = versions_.list("", {"a", 2});
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].name(), "b");
  EXPECT_EQ((*all)[1].name(), "bb");
  EXPECT_EQ((*all)[1].application_name(), "other");
  const auto of_one = versions_.list("app", {"a", 10});
  ASSERT_EQ(of_one->size(), 2U);
  EXPECT_EQ((*of_one)[1].name(), "c");
  EXPECT_EQ((*of_one)[1].application_name(), "app");
}

}  // namespace
}  // namespace millrace::registry
