// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/test/server_context_test_spouse.h>

#include "lib/error/error.h"
#include "lib/rpc/server.h"

namespace millrace::rpc {
namespace {

using ::testing::HasSubstr;

class OneKey final : public KeyVerifier {
 public:
  absl::StatusOr<Caller> verify(const std::string& key_sha256) override {
    if (key_sha256 == sha256("mr_right")) return Caller{7, "ci", Role::kOperator, {"fleet"}};
    return absl::UnauthenticatedError("unknown key");
  }
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

absl::StatusOr<Caller> call_with(const Metadata& metadata) {
  grpc::ServerContext context;
  grpc::testing::ServerContextTestSpouse spouse(&context);
  for (const auto& [name, value] : metadata) spouse.AddClientMetadata(name, value);
  OneKey verifier;
  return authenticate(context, verifier);
}
absl::StatusOr<Caller> call_with(const std::string& name, const std::string& value) {
  return call_with(Metadata{{name, value}});
}

TEST(Authentication, TheRightKeySaysWhoCalls) {
  const auto caller = call_with("authorization", "Bearer mr_right");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->key_id, 7);
  EXPECT_EQ(caller->key_name, "ci");
}

TEST(Authentication, TheSchemeHasNoCase) {
  EXPECT_TRUE(call_with("authorization", "bearer  mr_right ").ok());
}

TEST(Authentication, AWrongKeyIsUnauthenticated) {
  EXPECT_EQ(call_with("authorization", "Bearer mr_wrong").status().code(),
            absl::StatusCode::kUnauthenticated);
}

TEST(Authentication, ACallWithoutAKeyIsToldHowToSendOne) {
  const absl::Status status = call_with("x-other", "Bearer mr_right").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(error::message(status), HasSubstr("authorization: Bearer <key>"));
  EXPECT_THAT(error::message(status), HasSubstr("api-key: <key>"));
}

TEST(Authentication, TheKeyMayStandAlone) {
  const auto caller = call_with("api-key", " mr_right ");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->key_id, 7);
  for (const std::string& wrong : {std::string(), std::string(257, 'x'), std::string("mr_wrong"),
                                   std::string("Bearer mr_right")}) {
    EXPECT_EQ(call_with("api-key", wrong).status().code(), absl::StatusCode::kUnauthenticated)
        << wrong;
  }
}

TEST(Authentication, TwoKeysThatAreEqualAreOne) {
  EXPECT_TRUE(call_with({{"authorization", "Bearer mr_right"}, {"api-key", "mr_right"}}).ok());
  EXPECT_TRUE(
      call_with({{"authorization", "Bearer mr_right"}, {"authorization", "bearer mr_right"}}).ok());
}

TEST(Authentication, TwoKeysThatDifferAreRefusedWhicheverIsRight) {
  for (const Metadata& both :
       {Metadata{{"authorization", "Bearer mr_right"}, {"api-key", "mr_wrong"}},
        Metadata{{"authorization", "Bearer mr_wrong"}, {"api-key", "mr_right"}},
        Metadata{{"authorization", "Bearer mr_right"}, {"authorization", "Bearer mr_wrong"}}}) {
    const absl::Status status = call_with(both).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(error::message(status), HasSubstr("different"));
  }
}

TEST(Authentication, RefusesOtherHeaders) {
  for (const char* header : {"", "Bearer", "Bearer ", "Basic mr_right", "mr_right"}) {
    EXPECT_EQ(bearer_key(header).status().code(), absl::StatusCode::kUnauthenticated) << header;
  }
  EXPECT_FALSE(bearer_key("Bearer " + std::string(257, 'x')).ok());
}

TEST(Authentication, EachRoleMayDoWhatThoseBeforeItMay) {
  const Role roles[] = {Role::kReader, Role::kOperator, Role::kAdmin};
  for (const Role has : roles) {
    for (const Role needed : roles) {
      const absl::Status status = require({7, "ci", has, {}}, needed);
      EXPECT_EQ(status.ok(), has >= needed);
      if (!status.ok()) {
        EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
        EXPECT_THAT(error::message(status), HasSubstr("ci"));
      }
    }
  }
}

TEST(Authentication, ABoundKeyMayUseItsApplicationsOnly) {
  const Caller bound{7, "ci", Role::kReader, {"fleet", "plant"}};
  EXPECT_TRUE(bound.is_bound());
  EXPECT_TRUE(bound.may_use("plant"));
  for (const char* other : {"plan", "plants", "", "Fleet"}) EXPECT_FALSE(bound.may_use(other));
  EXPECT_TRUE((Caller{7, "ci", Role::kReader, {}}).may_use("any"));
}

}  // namespace
}  // namespace millrace::rpc
