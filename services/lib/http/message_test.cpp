// SPDX-License-Identifier: Apache-2.0
#include "lib/http/message.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(Headers, AreFoundWhateverTheCaseOfTheirName) {
  Headers headers;
  headers.add("Content-Encoding", "gzip");
  headers.add("content-encoding", "second");
  EXPECT_EQ(headers.get("content-ENCODING"), "gzip");
  EXPECT_EQ(headers.get("Content-Type"), "");
}

TEST(Headers, AFieldThatIsAppendedToIsAList) {
  Headers headers;
  headers.append("Vary", "Origin");
  headers.append("VARY", "Accept");
  EXPECT_EQ(headers.get("Vary"), "Origin, Accept");
  EXPECT_EQ(headers.all().size(), 1U);
}

TEST(CutOff, TakesOneItemOfAListAfterTheOther) {
  std::string_view rest = " a ,\tb,,c";
  EXPECT_EQ(cut_off(rest, ','), "a");
  EXPECT_EQ(cut_off(rest, ','), "b");
  EXPECT_EQ(cut_off(rest, ','), "");
  EXPECT_EQ(cut_off(rest, ','), "c");
  EXPECT_EQ(rest, "");
  EXPECT_EQ(cut_off(rest, ','), "");
}

TEST(PercentDecoding, ResolvesEscapes) {
  std::string decoded;
  EXPECT_TRUE(percent_decode("/kp1/a%2Fb/%7e%41", decoded));
  EXPECT_EQ(decoded, "/kp1/a/b/~A");
  EXPECT_TRUE(percent_decode("", decoded));
  EXPECT_EQ(decoded, "");
  EXPECT_TRUE(percent_decode("a+b%00", decoded));
  EXPECT_EQ(decoded, std::string("a+b\0", 4));
}

TEST(PercentDecoding, RefusesBadEscapes) {
  std::string decoded;
  EXPECT_FALSE(percent_decode("%", decoded));
  EXPECT_FALSE(percent_decode("a%4", decoded));
  EXPECT_FALSE(percent_decode("%zz", decoded));
  EXPECT_FALSE(percent_decode("%4g", decoded));
}

}  // namespace
}  // namespace millrace::http
