// SPDX-License-Identifier: Apache-2.0
#include "cli/window_text.h"

#include <gmock/gmock.h>

#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

namespace v1 = query::v1;
using testing::ElementsAre;
using testing::HasSubstr;

double every_seconds(const std::string& text) {
  const auto window = parse_window(text);
  EXPECT_TRUE(window.ok()) << window.status();
  EXPECT_TRUE(window->has_every()) << text;
  return static_cast<double>(window->every().seconds()) + window->every().nanos() / 1e9;
}

std::pair<v1::CalendarUnit, int> calendar(const std::string& text) {
  const auto window = parse_window(text);
  EXPECT_TRUE(window.ok()) << window.status();
  EXPECT_TRUE(window->has_calendar()) << text;
  return {window->calendar().unit(), window->calendar().count()};
}

TEST(WindowText, UpToHoursAreOfTheClock) {
  EXPECT_EQ(every_seconds("500ms"), 0.5);
  EXPECT_EQ(every_seconds("90s"), 90);
  EXPECT_EQ(every_seconds("15m"), 900);
  EXPECT_EQ(every_seconds("24h"), 86'400);
}

TEST(WindowText, FromDaysOnOfTheCalendar) {
  using Window = std::pair<v1::CalendarUnit, int>;
  EXPECT_EQ(calendar("1d"), Window(v1::CALENDAR_UNIT_DAY, 1));
  EXPECT_EQ(calendar("day"), Window(v1::CALENDAR_UNIT_DAY, 1));
  EXPECT_EQ(calendar("2w"), Window(v1::CALENDAR_UNIT_WEEK, 2));
  EXPECT_EQ(calendar("1month"), Window(v1::CALENDAR_UNIT_MONTH, 1));
  EXPECT_EQ(calendar("3months"), Window(v1::CALENDAR_UNIT_MONTH, 3));
  EXPECT_EQ(calendar("1000y"), Window(v1::CALENDAR_UNIT_YEAR, 1000));
}

TEST(WindowText, OtherWindowsAreWrongUsage) {
  for (const char* text : {"", "1", "d", "0s", "0d", "1001d", "1.5h", "-1h", "1fortnight", "1M",
                           "878401h", "99999999999d", "hour"}) {
    EXPECT_TRUE(is_wrong_usage(parse_window(text).status())) << text;
    EXPECT_THAT(error::message(parse_window(text).status()), HasSubstr("--every")) << text;
  }
}

std::vector<std::string> words(const std::string& text) {
  const auto functions = parse_functions(text);
  EXPECT_TRUE(functions.ok()) << functions.status();
  std::vector<std::string> result;
  for (const v1::Aggregation& one : *functions) result.push_back(function_word(one));
  return result;
}

TEST(WindowText, FunctionsKeepTheirOrder) {
  EXPECT_THAT(words("avg,max,p95"), ElementsAre("avg", "max", "p95"));
  EXPECT_THAT(words("median,p99.9,p0,p100"), ElementsAre("p50", "p99.9", "p0", "p100"));
  EXPECT_THAT(words("time-weighted-avg,rate,avg,avg"),
              ElementsAre("time-weighted-avg", "rate", "avg", "avg"));
}

// Each function of the contract but UNSPECIFIED can be typed.
TEST(WindowText, EveryFunctionHasAWord) {
  for (int number = 1; number < v1::AggregateFunction_ARRAYSIZE; ++number) {
    v1::Aggregation aggregation;
    aggregation.set_function(static_cast<v1::AggregateFunction>(number));
    EXPECT_THAT(words(function_word(aggregation)), ElementsAre(function_word(aggregation)));
  }
}

TEST(WindowText, OtherFunctionsAreWrongUsage) {
  std::string many = "avg";
  for (int i = 0; i < 20; ++i) many += ",avg";
  for (const std::string& text :
       {std::string(""), std::string("avg,"), std::string("mode"), std::string("p"),
        std::string("p101"), std::string("p-1"), std::string("pnan"), std::string("p1e1"), many}) {
    EXPECT_TRUE(is_wrong_usage(parse_functions(text).status())) << text;
  }
}

TEST(WindowText, Fills) {
  EXPECT_EQ(*parse_fill(""), v1::FILL_NONE);
  EXPECT_EQ(*parse_fill("previous"), v1::FILL_PREVIOUS);
  EXPECT_TRUE(is_wrong_usage(parse_fill("zero").status()));
}

}  // namespace
}  // namespace millrace::cli
