// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/unique_id.h"

#include <array>
#include <charconv>
#include <limits>
#include <random>

namespace millrace::bus {

std::string random_token() {
  constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";  // 32: 5 bits each
  constexpr int kLength = 20;
  constexpr int kLettersPerDraw = 5;  // 25 of the 32 bits of one draw
  std::random_device source;
  std::string result;
  while (result.size() < kLength) {
    unsigned bits = source();
    for (int i = 0; i < kLettersPerDraw; ++i) {
      result.push_back(kLetters[bits & 31U]);
      bits >>= 5U;
    }
  }
  return result;
}

std::string UniqueIds::next() {
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
  const std::uint64_t count = count_.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto [end, unused] = std::to_chars(digits.begin(), digits.end(), count);
  std::string id;  // of each upload: one allocation
  id.reserve(prefix_.size() + digits.size());
  return id.append(prefix_).append(digits.begin(), end);
}

}  // namespace millrace::bus
