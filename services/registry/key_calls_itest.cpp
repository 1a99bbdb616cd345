// SPDX-License-Identifier: Apache-2.0
//
// What these calls tell the other services; every method and error: tests/service/test_registry.py.
#include "lib/bus/subjects.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST_F(RegistryItest, ARevokedKeyIsAnnouncedAndForgottenHere) {
  v1::CreateApiKeyRequest request;
  request.set_name("ci");
  v1::CreateApiKeyResponse created;
  ASSERT_TRUE(call(&RegistryHandler::CreateApiKey, request, created).ok());
  ASSERT_TRUE(verifier_.verify(rpc::sha256(created.key())).ok()) << "and remembered";

  v1::RevokeApiKeyRequest revoke;
  revoke.set_key_id(created.metadata().key_id());
  v1::ApiKey revoked;
  EXPECT_TRUE(call(&RegistryHandler::RevokeApiKey, revoke, revoked).ok());
  EXPECT_TRUE(revoked.has_revoked_at());
  EXPECT_FALSE(verifier_.verify(rpc::sha256(created.key())).ok());
  EXPECT_THAT(published_, ElementsAre(Pair(bus::subjects::kApiKeyRevoked, _)));

  v1::ListApiKeysResponse listed;
  EXPECT_TRUE(call(&RegistryHandler::ListApiKeys, v1::ListApiKeysRequest(), listed).ok());
  EXPECT_EQ(listed.api_keys_size(), 2);
}

}  // namespace
}  // namespace millrace::registry
