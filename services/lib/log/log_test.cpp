// SPDX-License-Identifier: Apache-2.0
#include "lib/log/log.h"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::log {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;

class Log : public testing::Test {
 protected:
  Logger logger(Level level) {
    return {"test", level, clock, [this](std::string_view line) { lines.emplace_back(line); }};
  }

  time::ManualClock clock;
  std::vector<std::string> lines;
};

TEST_F(Log, WritesOneLineAnEvent) {
  logger(Level::kInfo).info("listening", {{"what", "http"}, {"port", 8080}});
  EXPECT_THAT(lines, ElementsAre(R"({"time":"2020-09-13T12:26:40.000000Z","level":"info",)"
                                 R"("service":"test","event":"listening","what":"http",)"
                                 R"("port":8080})"
                                 "\n"));
}

TEST_F(Log, DropsWhatIsBelowItsLevel) {
  Logger quiet = logger(Level::kWarning);
  quiet.debug("a");
  quiet.info("b");
  quiet.warning("c");
  quiet.error("d");
  quiet.fatal("e");
  EXPECT_THAT(lines, ElementsAre(HasSubstr(R"("level":"warning","service":"test","event":"c")"),
                                 HasSubstr(R"("level":"error","service":"test","event":"d")"),
                                 HasSubstr(R"("level":"fatal","service":"test","event":"e")")));
}

TEST_F(Log, TellsWhatItWouldDrop) {
  const Logger quiet = logger(Level::kWarning);
  EXPECT_FALSE(quiet.writes(Level::kDebug));
  EXPECT_FALSE(quiet.writes(Level::kInfo));
  EXPECT_TRUE(quiet.writes(Level::kWarning));
  EXPECT_TRUE(quiet.writes(Level::kFatal));
}

TEST_F(Log, KeepsALineOneLineWhateverIsInIt) {
  logger(Level::kDebug).debug("%v {} \n", {{"name\n", "{}\r\n%s"}});
  EXPECT_THAT(lines, ElementsAre(EndsWith(R"("event":"%v {} \n","name\n":"{}\u000d\n%s"})"
                                          "\n")));
}

TEST_F(Log, SaysHowManyLinesALimitSwallowed) {
  Logger limited = logger(Level::kInfo);
  for (int i = 0; i < 4; ++i) limited.warning_limited("broken packet", {{"peer", "p"}});
  EXPECT_THAT(lines, SizeIs(1));
  clock.advance(std::chrono::seconds{1});
  limited.warning_limited("broken packet", {{"peer", "q"}});
  EXPECT_THAT(lines, ElementsAre(EndsWith("\"peer\":\"p\"}\n"),
                                 EndsWith("\"peer\":\"q\",\"suppressed\":3}\n")));
}

TEST_F(Log, KeepsLinesOfManyThreadsApart) {
  Logger shared = logger(Level::kInfo);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&shared] {
        for (int j = 0; j < 50; ++j) shared.info("event");
      });
    }
  }
  EXPECT_THAT(lines, SizeIs(200));
  EXPECT_THAT(lines, testing::Each(EndsWith("\"event\":\"event\"}\n")));
}

TEST(StandardError, GetsTheLinesOfALoggerWithoutAWriter) {
  testing::internal::CaptureStderr();
  Logger("test", Level::kInfo).info("hello");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), EndsWith("\"event\":\"hello\"}\n"));
}

}  // namespace
}  // namespace millrace::log
