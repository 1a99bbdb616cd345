// SPDX-License-Identifier: Apache-2.0
#include <openssl/sha.h>

#include "lib/rpc/server.h"

namespace millrace::rpc {

std::string sha256(const std::string& bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace millrace::rpc
