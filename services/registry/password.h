// SPDX-License-Identifier: Apache-2.0
//
// Passwords of MQTT clients: what is kept instead of them, and how one is checked against it.
// Why so: docs/decisions/0023-client-credentials.md.
#pragma once

#include <string>

namespace millrace::registry {

// PBKDF2 with HMAC-SHA256 over the digest that travels over the bus (password_digest() of
// lib/registry_client).
struct StoredPassword {
  std::string salt;
  int rounds = 0;
  std::string verifier;  // 32 bytes
};

// 24 letters and digits: 142 bits.
std::string generate_password();

// With a salt of its own, and the rounds of this version. About a millisecond of a processor, as
// is_password().
StoredPassword store_password(const std::string& digest);

// Takes as long for a wrong one as for the right one.
bool is_password(const std::string& digest, const StoredPassword& stored);

// What a user name that does not exist is checked against, so that the answer takes as long.
const StoredPassword& nobodys_password();

}  // namespace millrace::registry
