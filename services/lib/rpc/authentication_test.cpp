// SPDX-License-Identifier: Apache-2.0
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

absl::StatusOr<Caller> call_with(const std::string& name, const std::string& value) {
  grpc::ServerContext context;
  grpc::testing::ServerContextTestSpouse spouse(&context);
  spouse.AddClientMetadata(name, value);
  OneKey verifier;
  return authenticate(context, verifier);
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
}

TEST(Authentication, RefusesOtherHeaders) {
  for (const char* header : {"", "Bearer", "Bearer ", "Basic mr_right", "mr_right"}) {
    EXPECT_EQ(bearer_key(header).status().code(), absl::StatusCode::kUnauthenticated) << header;
  }
  EXPECT_FALSE(bearer_key("Bearer " + std::string(257, 'x')).ok());
}

}  // namespace
}  // namespace millrace::rpc
