// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/number_text.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace millrace::extraction {
namespace {

TEST(NumberText, GivesTheNearestDouble) {
  EXPECT_EQ(parse_number("0"), 0.0);
  EXPECT_EQ(parse_number("23"), 23.0);
  EXPECT_EQ(parse_number("-48.5"), -48.5);
  EXPECT_EQ(parse_number("0.1"), 0.1);
  EXPECT_EQ(parse_number("1E3"), 1000.0);
  EXPECT_EQ(parse_number("1e+3"), 1000.0);
  EXPECT_EQ(parse_number("5e-1"), 0.5);
  EXPECT_EQ(parse_number("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(parse_number("2.2250738585072011e-308"), 2.2250738585072011e-308);
  EXPECT_EQ(parse_number("4.9e-324"), std::numeric_limits<double>::denorm_min());
}

TEST(NumberText, RoundsIntegersBeyondTwoToTheFiftyThird) {
  EXPECT_EQ(parse_number("9007199254740992"), 9007199254740992.0);
  EXPECT_EQ(parse_number("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(parse_number("9007199254740995"), 9007199254740996.0);
  EXPECT_EQ(parse_number("18446744073709551616"), 18446744073709551616.0);
}

TEST(NumberText, GivesZeroForWhatIsTooSmall) {
  EXPECT_EQ(parse_number("1e-400"), 0.0);
  EXPECT_EQ(parse_number("-1e-400"), 0.0);
  EXPECT_EQ(parse_number("1e-999999999999999999999999"), 0.0);
  EXPECT_EQ(parse_number("0." + std::string(1000, '0') + "1"), 0.0);
  EXPECT_EQ(parse_number(std::string(500, '9') + "e-1000"), 0.0);
}

TEST(NumberText, GivesZeroWithoutASignForMinusZero) {
  for (const char* text : {"-0", "-0.0", "-0e5", "-1e-400"}) {
    EXPECT_FALSE(std::signbit(parse_number(text).value())) << text;
  }
}

TEST(NumberText, GivesNothingForWhatIsTooLarge) {
  EXPECT_EQ(parse_number("1e400"), std::nullopt);
  EXPECT_EQ(parse_number("-1e400"), std::nullopt);
  EXPECT_EQ(parse_number("1e999999999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_number("1.8e308"), std::nullopt);
  EXPECT_EQ(parse_number("1" + std::string(400, '0')), std::nullopt);
  EXPECT_EQ(parse_number("0." + std::string(100, '0') + "1e500"), std::nullopt);
}

TEST(NumberText, IsNotFooledByDigitsThatAnExponentUndoes) {
  EXPECT_EQ(parse_number("1" + std::string(400, '0') + "e-400"), 1.0);
  EXPECT_EQ(parse_number("0." + std::string(399, '0') + "1e400"), 1.0);
  EXPECT_EQ(parse_number("0e999999999999999999999999"), 0.0);
}

struct Scaled {
  const char* text;
  int power;
  std::int64_t floor;
};

class ScaledFloor : public testing::TestWithParam<Scaled> {};

TEST_P(ScaledFloor, IsExact) {
  EXPECT_EQ(scaled_floor(GetParam().text, GetParam().power), GetParam().floor) << GetParam().text;
}

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

INSTANTIATE_TEST_SUITE_P(
    Numbers, ScaledFloor,
    testing::Values(
        Scaled{"0", 6, 0}, Scaled{"1.25", 1, 12}, Scaled{"-1.25", 1, -13}, Scaled{"-1.25", 2, -125},
        Scaled{"12345", -3, 12}, Scaled{"-12345", -5, -1}, Scaled{"12345", -9, 0},
        Scaled{"0.00012", 5, 12}, Scaled{"120e-1", 0, 12}, Scaled{"1.2E+1", 0, 12},
        Scaled{"9223372036854775807", 0, kMax}, Scaled{"9223372036854775808", 0, kMax},
        Scaled{"-9223372036854775807", 0, -kMax}, Scaled{"-9223372036854775808", 0, kMin},
        Scaled{"-9223372036854775807.1", 0, kMin}, Scaled{"922337203685477580.7", 1, kMax},
        Scaled{"1e18", 0, 1'000'000'000'000'000'000}, Scaled{"1e19", 0, kMax},
        Scaled{"-1e19", 0, kMin}, Scaled{"0e9999", 6, 0}, Scaled{"1e-9999", 6, 0},
        Scaled{"-1e-9999", 6, -1}, Scaled{"1e99999999999999999999999", 0, kMax}));

}  // namespace
}  // namespace millrace::extraction
