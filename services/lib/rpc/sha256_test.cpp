// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/rpc/server.h"

namespace millrace::rpc {
namespace {

TEST(Sha256, GivesThePublishedDigest) {
  using std::string_literals::operator""s;
  // FIPS 180-4, example "abc".
  EXPECT_EQ(sha256("abc"),
            "\xBA\x78\x16\xBF\x8F\x01\xCF\xEA\x41\x41\x40\xDE\x5D\xAE\x22\x23\xB0\x03\x61\xA3\x96"
            "\x17\x7A\x9C\xB4\x10\xFF\x61\xF2\x00\x15\xAD"s);
}

}  // namespace
}  // namespace millrace::rpc
