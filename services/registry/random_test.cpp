// SPDX-License-Identifier: Apache-2.0
#include "registry/random.h"

#include <set>

#include <gmock/gmock.h>

namespace millrace::registry {
namespace {

using ::testing::MatchesRegex;

TEST(Random, TextHasTheLengthAndTheAlphabet) {
  for (const std::size_t length : {0U, 1U, 20U, 1000U}) {
    const std::string text = random_text(length, kLettersAndDigits);
    EXPECT_EQ(text.size(), length);
    EXPECT_EQ(text.find_first_not_of(kLettersAndDigits), std::string::npos) << text;
  }
  EXPECT_EQ(random_text(3, "a"), "aaa");
}

TEST(Random, TextUsesTheWholeAlphabet) {
  const std::string text = random_text(20'000, kLettersAndDigits);
  EXPECT_EQ(std::set<char>(text.begin(), text.end()).size(), kLettersAndDigits.size());
}

TEST(Random, TextsDiffer) {
  EXPECT_NE(random_text(20, kLettersAndDigits), random_text(20, kLettersAndDigits));
}

TEST(Random, UuidHasVersionFour) {
  EXPECT_THAT(random_uuid(), MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                          "[0-9a-f]{12}"));
  EXPECT_NE(random_uuid(), random_uuid());
}

}  // namespace
}  // namespace millrace::registry
