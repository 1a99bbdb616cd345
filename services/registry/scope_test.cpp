// SPDX-License-Identifier: Apache-2.0
#include "registry/scope.h"

#include <gtest/gtest.h>

#include "registry/application_store.h"

namespace millrace::registry {
namespace {

const rpc::Caller kBound{1, "bound", rpc::Role::kOperator, {"fleet", "plant"}};
const rpc::Caller kUnbound{2, "unbound", rpc::Role::kReader, {}};

TEST(Scope, OfABoundKeyHasItsApplicationsOnly) {
  const Scope scope(kBound);
  EXPECT_TRUE(scope.has("fleet"));
  EXPECT_TRUE(scope.has("plant"));
  EXPECT_FALSE(scope.has("other"));
  EXPECT_FALSE(scope.has(""));
  EXPECT_TRUE(Scope(kUnbound).has("other"));
  EXPECT_FALSE(Scope::of("fleet").has("plant"));
}

TEST(Scope, AClosedApplicationIsAnsweredLikeOneThatDoesNotExist) {
  EXPECT_TRUE(check_application(kBound, "name", "fleet").ok());
  EXPECT_EQ(check_application(kBound, "name", "other"), unknown_application("other"));
  EXPECT_TRUE(check_application(kUnbound, "name", "other").ok());
}

TEST(Scope, WhatIsNoNameIsToldToEverybody) {
  for (const rpc::Caller& caller : {kBound, kUnbound}) {
    EXPECT_EQ(check_application(caller, "name", "No Name").code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace millrace::registry
