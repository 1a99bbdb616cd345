// SPDX-License-Identifier: Apache-2.0
#include "registry/password.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "registry/random.h"

namespace millrace::registry {
namespace {

// As PostgreSQL does for the passwords of its own users.
constexpr int kRounds = 4096;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kVerifierBytes = 32;
constexpr std::size_t kGeneratedLength = 24;

std::string derive(const std::string& digest, const std::string& salt, int rounds) {
  std::string derived(kVerifierBytes, '\0');
  const int done = PKCS5_PBKDF2_HMAC(
      digest.data(), static_cast<int>(digest.size()),
      reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()), rounds,
      EVP_sha256(), kVerifierBytes, reinterpret_cast<unsigned char*>(derived.data()));
  if (done != 1) {
    // Memory is exhausted, or OpenSSL has no SHA-256: nothing that could be gone on with.
    fmt::print(stderr, "FATAL: cannot derive a key with PBKDF2-HMAC-SHA256\n");
    std::abort();
  }
  return derived;
}

}  // namespace

std::string generate_password() {
  return random_text(kGeneratedLength, kLettersAndDigits);
}

StoredPassword store_password(const std::string& digest) {
  StoredPassword stored{random_text(kSaltBytes, kLettersAndDigits), kRounds, ""};
  stored.verifier = derive(digest, stored.salt, stored.rounds);
  return stored;
}

bool is_password(const std::string& digest, const StoredPassword& stored) {
  const std::string derived = derive(digest, stored.salt, stored.rounds);
  return stored.verifier.size() == derived.size() &&
         CRYPTO_memcmp(derived.data(), stored.verifier.data(), derived.size()) == 0;
}

const StoredPassword& nobodys_password() {
  static const StoredPassword nobodys =
      store_password(random_text(kVerifierBytes, kLettersAndDigits));
  return nobodys;
}

}  // namespace millrace::registry
