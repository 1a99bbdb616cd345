// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/unique_id.h"

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

}  // namespace millrace::bus
