// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"

#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace millrace::cli {
namespace {

using testing::HasSubstr;

struct Ran {
  int status = 0;
  std::string out;
  std::string err;
};

// Nothing listens on port 1.
Ran run_with(std::vector<const char*> arguments) {
  std::istringstream in("{}");
  std::ostringstream out;
  std::ostringstream err;
  const time::ManualClock clock;
  arguments.insert(arguments.begin(), "millrace");
  for (const char* address :
       {"--registry-address=127.0.0.1:1", "--query-address=127.0.0.1:1", "--key=k"}) {
    arguments.push_back(address);
  }
  const int status =
      run(static_cast<int>(arguments.size()), arguments.data(), {in, out, err, clock});
  return {status, out.str(), err.str()};
}

TEST(CommandLine, HelpIsNoError) {
  const Ran ran = run_with({"--help"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("app-version"));
  EXPECT_EQ(ran.err, "");
}

TEST(CommandLine, EveryCommandHasHelpWithExamples) {
  const std::vector<std::vector<const char*>> commands = {{"app", "create"},
                                                          {"app", "list"},
                                                          {"app", "show"},
                                                          {"app", "set"},
                                                          {"app-version", "create"},
                                                          {"app-version", "list"},
                                                          {"endpoint", "create"},
                                                          {"endpoint", "list"},
                                                          {"endpoint", "show"},
                                                          {"token", "create"},
                                                          {"token", "suspend"},
                                                          {"token", "activate"},
                                                          {"token", "revoke"},
                                                          {"key", "create"},
                                                          {"key", "list"},
                                                          {"key", "revoke"},
                                                          {"send"},
                                                          {"series", "list"},
                                                          {"query"},
                                                          {"last"},
                                                          {"tail"},
                                                          {"chart"},
                                                          {"rejected", "list"}};
  for (std::vector<const char*> command : commands) {
    std::string name = "millrace";
    for (const char* word : command) name += std::string(" ") + word;
    command.push_back("--help");
    const Ran ran = run_with(command);
    EXPECT_EQ(ran.status, 0) << name;
    EXPECT_THAT(ran.out, HasSubstr("Example")) << name;
    EXPECT_THAT(ran.out, HasSubstr(name)) << "the example shows the command itself";
    EXPECT_THAT(ran.out, HasSubstr("--format table|json|csv")) << name;
  }
}

TEST(CommandLine, WrongUsageIsToldOnStderr) {
  const std::vector<std::vector<const char*>> wrong = {
      {},
      {"no-such-noun"},
      {"app"},
      {"app", "create"},
      {"app", "create", "a", "--auto-extract", "maybe"},
      {"app", "set", "a"},
      {"app", "list", "--format", "xml"},
      {"app", "list", "--timeout", "soon"},
      {"app", "list", "--timeout", "0s"},
      {"app", "list", "--timeout", "25h"},
      {"token", "suspend"},
      {"token", "suspend", "--token-id", "1", "--token", "a", "--app", "b"},
      {"token", "revoke", "--token", "a"},
      {"token", "revoke", "--token-id", "0"},
      {"key", "revoke", "x"},
      {"send", "--app-version", "v", "--token", "t", "{}"},
      {"send", "--http", "--mqtt", "--app-version", "v", "--token", "t", "{}"},
      {"send", "--http", "--http-url", "localhost", "--app-version", "v", "--token", "t", "{}"},
      {"send", "--mqtt", "--mqtt-address", "localhost", "--app-version", "v", "--token", "t", "{}"},
      {"query", "--app", "a"},
      {"query", "--app", "a", "--endpoint", "e", "--last", "1h", "--from", "now"},
      {"query", "--app", "a", "--endpoint", "e", "--last", "an hour"},
      {"query", "--app", "a", "--endpoint", "e", "--last", "36601d"},
      {"query", "--app", "a", "--endpoint", "e", "--from", "yesterday"},
      {"query", "--app", "a", "--endpoint", "e", "--from", "now", "--to", "now-1h"},
      {"query", "--app", "a", "--endpoint", "e", "--limit", "-1"},
      {"query", "--app", "a", "--endpoint", "e", "--every", "soon"},
      {"query", "--app", "a", "--endpoint", "e", "--function", "mode"},
      {"query", "--app", "a", "--endpoint", "e", "--every", "1h", "--fill", "zero"},
      {"query", "--app", "a", "--endpoint", "e", "--every", "1h", "--order", "descending"},
      {"query", "--app", "a", "--endpoint", "e", "--across"},
      {"query", "--app", "a", "--endpoint", "e", "--time-zone", "UTC"},
      {"tail"},
      {"tail", "a", "--from", "yesterday"},
      {"chart", "a", "e"},
      {"chart", "a", "e", "s", "--width", "10"},
      {"chart", "a", "e", "s", "--height", "1"},
      {"chart", "a", "e", "s", "--last", "1h", "--from", "now"},
      {"last", "--app", "a", "--before", "x"},
      {"last", "--app", "a", "--limit", "0"},
      {"rejected", "list", "--app", "a", "--from", "x"}};
  for (const auto& arguments : wrong) {
    const Ran ran = run_with(arguments);
    std::string line;
    for (const char* argument : arguments) line += std::string(argument) + " ";
    EXPECT_EQ(ran.status, 2) << line << ran.err;
    EXPECT_EQ(ran.out, "") << line;
    EXPECT_NE(ran.err, "") << line;
  }
}

TEST(CommandLine, AFaultSaysWhatIsWrongAndWhoseHelpToRead) {
  EXPECT_EQ(run_with({"nonsense"}).err,
            "millrace: 'nonsense' is no command and no option; see millrace --help\n");
  EXPECT_EQ(run_with({"app", "nonsense"}).err,
            "millrace: 'nonsense' is no command and no option; see millrace app --help\n");
  EXPECT_EQ(run_with({"app"}).err, "millrace: a command is missing; see millrace app --help\n");
  EXPECT_EQ(run_with({"app", "--lost"}).err,
            "millrace: '--lost' is no command and no option; see millrace app --help\n");
  EXPECT_EQ(run_with({"--format", "xml"}).err,
            "millrace: --format: xml not in {csv,json,table}; see millrace --help\n");
  EXPECT_EQ(run_with({"app", "create"}).err,
            "millrace: NAME is required; see millrace app create --help\n");
}

// Added to a time in microseconds or nanoseconds these overflow.
TEST(CommandLine, LengthsOfTimeThatAreTooLongAreToldWithTheirBound) {
  const Ran last = run_with({"query", "--app", "a", "--endpoint", "e", "--last", "110000000d"});
  EXPECT_EQ(last.status, 2);
  EXPECT_THAT(last.err, HasSubstr("--last: '110000000d' must be at most 36600d"));
  for (const char* transport : {"--http", "--mqtt"}) {
    const Ran timeout =
        run_with({"send", transport, "--app-version", "v", "--token", "t", "--timeout", "200000d"});
    EXPECT_EQ(timeout.status, 2);
    EXPECT_THAT(timeout.err, HasSubstr("--timeout: '200000d'"));
    EXPECT_THAT(timeout.err, HasSubstr("at most 1d"));
  }
}

TEST(CommandLine, AServiceThatIsAwayIsAFailureThatSaysWhereItWasSought) {
  for (const std::vector<const char*>& command :
       {std::vector<const char*>{"app", "list"},
        std::vector<const char*>{"query", "--app", "a", "--endpoint", "e", "--series", "s"},
        std::vector<const char*>{"query", "--app", "a", "--endpoint", "e", "--series", "s",
                                 "--every", "1h"},
        std::vector<const char*>{"tail", "a"}, std::vector<const char*>{"chart", "a", "e", "s"},
        std::vector<const char*>{"tail", "--app", "a", "--endpoint", "e"},
        std::vector<const char*>{"chart", "--app", "a", "--endpoint", "e", "--series", "s"}}) {
    for (const char* format : {"table", "json", "csv"}) {
      std::vector<const char*> arguments = command;
      arguments.insert(arguments.end(), {"--format", format});
      const Ran ran = run_with(arguments);
      EXPECT_EQ(ran.status, 1);
      EXPECT_EQ(ran.out, "");
      EXPECT_THAT(ran.err, HasSubstr("127.0.0.1:1"));
      EXPECT_THAT(ran.err, HasSubstr("-address"));
    }
  }
}

TEST(CommandLine, AKeyFileThatCannotBeReadIsAFailure) {
  const char* arguments[] = {"millrace", "app", "list", "--key-file=/nowhere/key"};
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  const time::ManualClock clock;
  EXPECT_EQ(run(4, arguments, {in, out, err, clock}), 1);
  EXPECT_THAT(err.str(), HasSubstr("/nowhere/key"));
  EXPECT_THAT(err.str(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace millrace::cli
