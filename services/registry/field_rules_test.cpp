// SPDX-License-Identifier: Apache-2.0
#include "registry/field_rules.h"

#include <cmath>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Check = absl::Status (*)(const std::string& field, const std::string& value);

void expect_good(Check check, std::initializer_list<std::string> values) {
  for (const std::string& value : values) {
    EXPECT_TRUE(check("f", value).ok()) << "\"" << value << "\"";
  }
}

void expect_bad(Check check, std::initializer_list<std::string> values) {
  for (const std::string& value : values) {
    EXPECT_EQ(check("f", value).code(), absl::StatusCode::kInvalidArgument)
        << "\"" << value << "\"";
  }
}

TEST(FieldRules, NamesOfApplicationsAndVersions) {
  expect_good(check_name, {"a", "demo-1_x", "0", std::string(63, 'z')});
  expect_bad(check_name,
             {"", "Demo", "a b", "a.b", "ä", std::string(64, 'z'), std::string("a\0", 2)});
}

TEST(FieldRules, EndpointIds) {
  expect_good(check_endpoint_id,
              {"a", "A.b_c~d-9", "6f1c9d4e-0000-4000-8000-000000000000", std::string(128, 'x')});
  expect_bad(check_endpoint_id, {"", "a/b", "a b", "é", "a+", "*", std::string(129, 'x')});
}

TEST(FieldRules, Tokens) {
  expect_good(check_token,
              {"t", "JTjdbENzHh", "!\"$%&'()*,-:;<=>?@[]^_`{|}~", std::string(128, 'x')});
  expect_bad(check_token, {"", "a+b", "a#b", "a/b", "a.b", "a b", "ä", "a\tb", "\x7F",
                           std::string(129, 'x'), std::string("a\0", 2)});
}

TEST(FieldRules, DisplayNamesCountCharactersNotBytes) {
  std::string two_hundred;
  for (int i = 0; i < 200; ++i) two_hundred += "ü";
  expect_good(check_display_name, {"", "Weather station № 5", two_hundred});
  expect_bad(check_display_name, {two_hundred + "x", "a\nb", std::string("a\0", 2), "\x7F"});
}

TEST(FieldRules, KeyNames) {
  expect_good(check_key_name, {"ci", "Anna's laptop", std::string(100, 'x')});
  expect_bad(check_key_name, {"", std::string(101, 'x'), "a\nb"});
}

TEST(FieldRules, WantedStates) {
  for (const auto state :
       {v1::TOKEN_STATE_ACTIVE, v1::TOKEN_STATE_SUSPENDED, v1::TOKEN_STATE_REVOKED}) {
    EXPECT_TRUE(check_wanted_state("state", state).ok());
  }
  EXPECT_FALSE(check_wanted_state("state", v1::TOKEN_STATE_INACTIVE).ok());
  EXPECT_FALSE(check_wanted_state("state", v1::TOKEN_STATE_UNSPECIFIED).ok());
}

TEST(FieldRules, TextsAndNumbersHaveBothBounds) {
  EXPECT_TRUE(check_text("f", "äö", {2, 2}).ok());
  EXPECT_EQ(error::message(check_text("f", "ä", {2, 3})),
            "cannot use field f \"ä\": it must have 2 to 3 characters, none of them a control "
            "character");
  EXPECT_FALSE(check_text("f", "äöüß", {2, 3}).ok());
  for (const std::int64_t good : {-1, 0, 7}) {
    EXPECT_TRUE(check_number("n", good, {-1, 7}).ok()) << good;
  }
  EXPECT_EQ(error::message(check_number("n", 8, {-1, 7})),
            "cannot use field n 8: it must be -1 to 7");
  EXPECT_FALSE(check_number("n", -2, {-1, 7}).ok());
}

TEST(FieldRules, UploadRatesAreNoneOrWithinBounds) {
  for (const double good : {0.0, 0.001, 1.0, 1e6}) {
    EXPECT_TRUE(check_upload_rate("r", good).ok()) << good;
  }
  for (const double bad : {-1.0, 0.0009, 1e6 + 1, std::nan(""), HUGE_VAL}) {
    EXPECT_FALSE(check_upload_rate("r", bad).ok()) << bad;
  }
  EXPECT_EQ(error::message(check_upload_rate("r", -2)),
            "cannot use field r -2: it must be 0.001 to 1000000, or 0 for no limit");
  EXPECT_TRUE(check_upload_burst("b", 1'000'000).ok());
  EXPECT_FALSE(check_upload_burst("b", 1'000'001).ok());
  EXPECT_FALSE(check_upload_burst("b", -1).ok());
}

TEST(FieldRules, Searches) {
  expect_good(check_search, {"", "pump", "100%_\\é", std::string(128, 'x')});
  expect_bad(check_search, {std::string(129, 'x'), "a\nb", std::string("a\0", 2)});
}

TEST(FieldRules, ListedStates) {
  for (int state = 0; state <= 4; ++state) {
    EXPECT_TRUE(check_listed_state("s", static_cast<v1::TokenState>(state)).ok()) << state;
  }
  for (const int state : {-1, 5, 77}) {
    EXPECT_FALSE(check_listed_state("s", static_cast<v1::TokenState>(state)).ok()) << state;
  }
}

TEST(FieldRules, PageSizes) {
  EXPECT_EQ(*checked_page_size("page_size", 0), 100);
  EXPECT_EQ(*checked_page_size("page_size", 1), 1);
  EXPECT_EQ(*checked_page_size("page_size", 1000), 1000);
  EXPECT_FALSE(checked_page_size("page_size", 1001).ok());
  EXPECT_FALSE(checked_page_size("page_size", -1).ok());
}

TEST(FieldRules, IdsArePositive) {
  EXPECT_TRUE(check_id("key_id", 1).ok());
  EXPECT_FALSE(check_id("key_id", 0).ok());
  EXPECT_FALSE(check_id("key_id", -1).ok());
}

TEST(FieldRules, MessagesNameTheFieldTheValueAndTheRule) {
  EXPECT_EQ(
      error::message(check_name("application_name", "Demo")),
      "cannot use field application_name \"Demo\": it must have 1 to 63 characters of a-z 0-9 "
      "- _");
}

TEST(FieldRules, MessagesCutLongValuesBetweenCharacters) {
  const std::string message = error::message(check_name("name", "x" + std::string(40, '\xC3')));
  EXPECT_THAT(message, HasSubstr("field name"));
  std::string umlauts = "x";
  for (int i = 0; i < 100; ++i) umlauts += "ü";
  EXPECT_THAT(error::message(check_name("name", umlauts)), HasSubstr("ü…\""));
}

TEST(FieldRules, MessagesNeverQuoteAToken) {
  EXPECT_THAT(error::message(check_token("token", "secret.")), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace millrace::registry
