// SPDX-License-Identifier: Apache-2.0
#include "registry/random.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

namespace millrace::registry {
namespace {

using Block = std::array<unsigned char, 64>;

void fill(Block& block) {
  // Cannot fail for so few bytes on any kernel that has getrandom(2).
  if (::getentropy(block.data(), block.size()) != 0) {
    fmt::print(stderr, "FATAL: cannot read random bytes: {}\n", std::strerror(errno));
    std::abort();
  }
}

}  // namespace

std::string random_text(std::size_t length, std::string_view alphabet) {
  // Bytes beyond the last whole multiple of the alphabet would make its first characters likelier.
  const std::size_t bound = 256 - 256 % alphabet.size();
  std::string text;
  text.reserve(length);
  Block block;
  while (text.size() < length) {
    fill(block);
    for (const unsigned char byte : block) {
      if (text.size() < length && byte < bound) text += alphabet[byte % alphabet.size()];
    }
  }
  return text;
}

std::string random_uuid() {
  std::string hex = random_text(32, "0123456789abcdef");
  hex[12] = '4';                        // version
  hex[16] = random_text(1, "89ab")[0];  // variant
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace millrace::registry
