// SPDX-License-Identifier: Apache-2.0
#include "lib/error/error.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class ClientAuthenticationStoreItest : public RegistryItest {
 protected:
  static v1::UpdateClientAuthenticationRequest require(identity::v1::ClientTransport transport,
                                                       bool password, bool certificate) {
    v1::UpdateClientAuthenticationRequest request;
    auto& entry = *request.add_transports();
    entry.set_transport(transport);
    entry.set_password_required(password);
    entry.set_certificate_required(certificate);
    return request;
  }

  ClientAuthenticationStore store_{pool_};
};

TEST_F(ClientAuthenticationStoreItest, NothingIsRequiredAtFirst) {
  const auto first = store_.get();
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_THAT(first->rules().transports(), SizeIs(4));
  for (const auto& entry : first->rules().transports()) {
    EXPECT_FALSE(entry.password_required() || entry.certificate_required());
  }
  EXPECT_EQ(first->rules().version(), 1);
  EXPECT_EQ(first->updated_by(), "");
}

TEST_F(ClientAuthenticationStoreItest, AChangeIsOfTheTransportsThatItNames) {
  ASSERT_TRUE(store_.update(require(identity::v1::CLIENT_TRANSPORT_TLS, false, true), "ann").ok());
  const auto second =
      store_.update(require(identity::v1::CLIENT_TRANSPORT_TCP, true, false), "bob");
  ASSERT_TRUE(second.ok()) << second.status();
  const auto& rules = second->rules();
  EXPECT_EQ(rules.version(), 3);
  EXPECT_EQ(second->updated_by(), "bob");
  EXPECT_TRUE(rules.transports(0).password_required());
  EXPECT_FALSE(rules.transports(1).password_required());
  EXPECT_TRUE(rules.transports(1).certificate_required());
  const auto read = store_.get();
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), second->SerializeAsString());
}

TEST_F(ClientAuthenticationStoreItest, WhatChangesNothingMakesNoVersion) {
  const auto request = require(identity::v1::CLIENT_TRANSPORT_TCP, true, false);
  ASSERT_TRUE(store_.update(request, "ann").ok());
  auto repeated = request;
  repeated.set_expected_version(1);
  const auto again = store_.update(repeated, "bob");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->rules().version(), 2);
  EXPECT_EQ(again->updated_by(), "ann");
}

TEST_F(ClientAuthenticationStoreItest, NobodyOverwritesWhatTheyHaveNotSeen) {
  ASSERT_TRUE(store_.update(require(identity::v1::CLIENT_TRANSPORT_TCP, true, false), "ann").ok());
  auto request = require(identity::v1::CLIENT_TRANSPORT_TCP, false, false);
  request.set_expected_version(1);
  const auto refused = store_.update(request, "bob");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(error::message(refused.status()), HasSubstr("its version is 2"));
  request.set_expected_version(2);
  EXPECT_TRUE(store_.update(request, "bob").ok());
}

TEST_F(ClientAuthenticationStoreItest, AChangeHasARevision) {
  const auto before = store_.since(0);
  ASSERT_TRUE(before.ok()) << before.status();
  ASSERT_TRUE(store_.update(require(identity::v1::CLIENT_TRANSPORT_TCP, true, false), "ann").ok());
  const auto after = store_.since(before->revision);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->revision, before->revision + 1);
  EXPECT_EQ(after->rules.version(), 2);
}

}  // namespace
}  // namespace millrace::registry
