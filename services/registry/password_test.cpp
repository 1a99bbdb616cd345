// SPDX-License-Identifier: Apache-2.0
#include "registry/password.h"

#include <gmock/gmock.h>

#include "lib/registry_client/client_authentication.h"

namespace millrace::registry {
namespace {

using registry_client::password_digest;

TEST(Password, TheRightOneIsKnownAgain) {
  const std::string digest = password_digest("pump-7", "correct horse");
  const StoredPassword stored = store_password(digest);
  EXPECT_TRUE(is_password(digest, stored));
  EXPECT_FALSE(is_password(password_digest("pump-7", "wrong horse"), stored));
  EXPECT_FALSE(is_password(password_digest("pump-8", "correct horse"), stored));
  EXPECT_FALSE(is_password("", stored));
}

TEST(Password, TheSameIsStoredDifferentlyEachTime) {
  const std::string digest = password_digest("pump-7", "correct horse");
  const StoredPassword one = store_password(digest);
  const StoredPassword another = store_password(digest);
  EXPECT_NE(one.salt, another.salt);
  EXPECT_NE(one.verifier, another.verifier);
  EXPECT_EQ(one.verifier.size(), 32U);
}

// What was stored with other parameters is checked with those.
TEST(Password, IsCheckedAsItWasStored) {
  // hashlib.pbkdf2_hmac("sha256", b"digest", b"0123456789abcdef", 1000) of Python
  const std::string verifier =
      "\x40\xb1\x26\x9c\xad\xfd\x1d\x99\xb0\x63\x40\x7a\x04\xc0\xd2\x0b"
      "\xa3\x0d\x74\xed\x5b\xe8\xf9\x6d\xf4\x55\x0e\xd0\xb7\xaf\x4d\x9e";
  StoredPassword stored{"0123456789abcdef", 1000, verifier};
  EXPECT_TRUE(is_password("digest", stored));
  stored.rounds = 1001;
  EXPECT_FALSE(is_password("digest", stored));
  stored = {"0123456789abcdef", 1000, verifier.substr(1)};
  EXPECT_FALSE(is_password("digest", stored));
}

TEST(Password, NobodysIsNoPassword) {
  EXPECT_FALSE(is_password(password_digest("", ""), nobodys_password()));
  EXPECT_EQ(nobodys_password().rounds, store_password("x").rounds) << "takes as long";
}

TEST(Password, AGeneratedOneIsLongAndNew) {
  EXPECT_EQ(generate_password().size(), 24U);
  EXPECT_NE(generate_password(), generate_password());
}

}  // namespace
}  // namespace millrace::registry
