// SPDX-License-Identifier: Apache-2.0
#include "registry/key_limits.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::registry {
namespace {

using identity::v1::API_KEY_ROLE_ADMIN;
using identity::v1::API_KEY_ROLE_OPERATOR;
using identity::v1::API_KEY_ROLE_READER;
using identity::v1::API_KEY_ROLE_UNSPECIFIED;
using identity::v1::ApiKeyRole;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<KeyLimits> limits_of(ApiKeyRole role, const std::vector<std::string>& names = {}) {
  v1::CreateApiKeyRequest request;
  request.set_role(role);
  for (const std::string& name : names) request.add_application_names(name);
  return check_limits(request);
}

std::string fault_of(ApiKeyRole role, const std::vector<std::string>& names) {
  const auto limits = limits_of(role, names);
  EXPECT_EQ(limits.status().code(), absl::StatusCode::kInvalidArgument);
  return error::message(limits.status());
}

TEST(KeyLimits, WithoutAWordAKeyIsAnAdminAndWithApplicationsAReader) {
  EXPECT_EQ(limits_of(API_KEY_ROLE_UNSPECIFIED)->role, rpc::Role::kAdmin);
  const auto bound = limits_of(API_KEY_ROLE_UNSPECIFIED, {"fleet"});
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_EQ(bound->role, rpc::Role::kReader);
  EXPECT_THAT(bound->application_names, ElementsAre("fleet"));
}

TEST(KeyLimits, ARoleIsTaken) {
  EXPECT_EQ(limits_of(API_KEY_ROLE_READER)->role, rpc::Role::kReader);
  EXPECT_EQ(limits_of(API_KEY_ROLE_OPERATOR, {"a", "b"})->role, rpc::Role::kOperator);
  EXPECT_EQ(limits_of(API_KEY_ROLE_ADMIN)->role, rpc::Role::kAdmin);
  EXPECT_THAT(fault_of(static_cast<ApiKeyRole>(4), {}), HasSubstr("field role 4"));
}

TEST(KeyLimits, AnAdminIsNotBound) {
  EXPECT_THAT(fault_of(API_KEY_ROLE_ADMIN, {"fleet"}), HasSubstr("application_names"));
}

TEST(KeyLimits, ApplicationsAreNamedOnceAndAreNotTooMany) {
  EXPECT_THAT(fault_of(API_KEY_ROLE_READER, {"a", "b", "a"}), HasSubstr("\"a\" twice"));
  EXPECT_THAT(fault_of(API_KEY_ROLE_READER, {"a", ""}), HasSubstr("application_names"));
  std::vector<std::string> names;
  for (int i = 0; i < kMaxBoundApplications; ++i) names.push_back("app-" + std::to_string(i));
  EXPECT_TRUE(limits_of(API_KEY_ROLE_READER, names).ok());
  names.emplace_back("one-more");
  EXPECT_THAT(fault_of(API_KEY_ROLE_READER, names), HasSubstr("101"));
}

TEST(KeyLimits, RolesKeepTheirNumbers) {
  for (const rpc::Role role : {rpc::Role::kReader, rpc::Role::kOperator, rpc::Role::kAdmin}) {
    EXPECT_EQ(role_of(static_cast<std::int16_t>(to_message(role))), role);
  }
  EXPECT_EQ(role_of(4), rpc::Role::kReader) << "of a newer program";
}

}  // namespace
}  // namespace millrace::registry
