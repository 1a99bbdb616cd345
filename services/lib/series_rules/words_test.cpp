// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/words.h"

#include <gtest/gtest.h>

namespace millrace::series_rules {
namespace {

namespace v1 = configuration::v1;

TEST(WordsTest, EveryValueOfTheMessagesHasAWordThatIsReadBack) {
  for (int n = v1::TimestampFormat_MIN; n <= v1::TimestampFormat_MAX; ++n) {
    const auto format = static_cast<v1::TimestampFormat>(n);
    EXPECT_EQ(format_of(word(format)), n == 0 ? v1::TIMESTAMP_FORMAT_ISO8601 : format);
  }
  for (int n = v1::TimestampFallback_MIN; n <= v1::TimestampFallback_MAX; ++n) {
    const auto fallback = static_cast<v1::TimestampFallback>(n);
    EXPECT_EQ(fallback_of(word(fallback)), n == 0 ? v1::TIMESTAMP_FALLBACK_FAIL : fallback);
  }
  for (int n = v1::ValueType_MIN; n <= v1::ValueType_MAX; ++n) {
    const auto type = static_cast<v1::ValueType>(n);
    EXPECT_EQ(type_of(word(type)), n == 0 ? v1::VALUE_TYPE_NUMBER : type);
  }
}

TEST(WordsTest, CaseDoesNotMatter) {
  EXPECT_EQ(type_of("Number"), v1::VALUE_TYPE_NUMBER);
  EXPECT_EQ(format_of("ISO8601"), v1::TIMESTAMP_FORMAT_ISO8601);
  EXPECT_EQ(fallback_of("Server-Timestamp"), v1::TIMESTAMP_FALLBACK_SERVER_TIMESTAMP);
}

TEST(WordsTest, OthersAreNone) {
  EXPECT_FALSE(type_of("float"));
  EXPECT_FALSE(format_of(""));
  EXPECT_EQ(word(static_cast<v1::ValueType>(99)), "");
  EXPECT_EQ(type_words(), "number, string, boolean");
}

}  // namespace
}  // namespace millrace::series_rules
