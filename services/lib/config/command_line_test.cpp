// SPDX-License-Identifier: Apache-2.0
#include "lib/config/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

CommandLine read(std::vector<const char*> arguments, bool allow_migrate_only = true) {
  arguments.insert(arguments.begin(), "millrace-test");
  return read_command_line(static_cast<int>(arguments.size()), arguments.data(),
                           {"http-listen", "log-level"}, allow_migrate_only);
}

Action action_of(const std::vector<const char*>& arguments) {
  const CommandLine line = read(arguments);
  EXPECT_THAT(line.faults, IsEmpty());
  return line.action;
}

TEST(CommandLine, ReadsValuesAfterASpaceOrAnEqualsSign) {
  const CommandLine line = read({"--http-listen", "[::1]:80", "--log-level=-5"});
  EXPECT_THAT(line.values, ElementsAre(Pair("http-listen", "[::1]:80"), Pair("log-level", "-5")));
  EXPECT_THAT(line.faults, IsEmpty());
}

TEST(CommandLine, TakesTheLastOfAFlagGivenTwice) {
  const CommandLine line = read({"--log-level", "info", "--log-level", "debug"});
  EXPECT_THAT(line.values, ElementsAre(Pair("log-level", "debug")));
}

TEST(CommandLine, ReadsAMissingValueAsEmptySoThatTheSettingSaysWhatItNeeds) {
  const CommandLine line = read({"--http-listen", "--log-level", ""});
  EXPECT_THAT(line.values, ElementsAre(Pair("http-listen", ""), Pair("log-level", "")));
}

TEST(CommandLine, ChoosesTheActionThatChangesLeast) {
  EXPECT_EQ(action_of({}), Action::kRun);
  EXPECT_EQ(action_of({"--migrate-only"}), Action::kMigrateOnly);
  EXPECT_EQ(action_of({"--check-config", "--migrate-only"}), Action::kCheckConfig);
  EXPECT_EQ(action_of({"--print-settings", "--check-config"}), Action::kPrintSettings);
  EXPECT_EQ(action_of({"--print-settings=markdown"}), Action::kPrintSettingsMarkdown);
  EXPECT_EQ(action_of({"--version", "--print-settings"}), Action::kVersion);
  EXPECT_EQ(action_of({"--version", "-h"}), Action::kHelp);
}

TEST(CommandLine, NamesEachUnknownFlagAndWhatWasPerhapsMeant) {
  const CommandLine line =
      read({"--htp-listen", "0.0.0.0:1", "--colour=red", "--log-level", "info"});
  EXPECT_THAT(line.faults, ElementsAre("--htp-listen: no such flag; did you mean --http-listen?",
                                       "--colour: no such flag; --help lists them"));
}

TEST(CommandLine, RefusesWordsThatBelongToNoFlag) {
  EXPECT_THAT(read({"start"}).faults,
              ElementsAre("\"start\": unexpected; settings are given as --name value"));
}

TEST(CommandLine, RefusesAnUnknownFormOfThePrintedSettings) {
  EXPECT_THAT(read({"--print-settings=json"}).faults, ElementsAre(HasSubstr("markdown")));
}

TEST(CommandLine, KnowsMigrateOnlyWhereThereIsASchema) {
  EXPECT_THAT(read({"--migrate-only"}, false).faults, ElementsAre(HasSubstr("--migrate-only")));
}

TEST(Environment, GivesTheVariablesOfOurSettings) {
  const Environment found =
      read_environment({"PATH=/bin", "MILLRACE_HTTP_LISTEN=[::1]:80", "MILLRACE_LOG_LEVEL="},
                       {"http-listen", "log-level"});
  EXPECT_THAT(found.values, ElementsAre(Pair("http-listen", "[::1]:80"), Pair("log-level", "")));
  EXPECT_THAT(found.faults, IsEmpty());
}

TEST(Environment, RefusesAMistypedVariableButNotOneOfAnotherService) {
  const Environment found = read_environment(
      {"MILLRACE_HTTP_LISTN=x", "MILLRACE_DATABASE_URL=y", "MILLRACE_ODD"}, {"http-listen"});
  EXPECT_THAT(found.values, IsEmpty());
  EXPECT_THAT(found.faults,
              ElementsAre("MILLRACE_HTTP_LISTN: no such environment variable; did you "
                          "mean MILLRACE_HTTP_LISTEN?"));
}

}  // namespace
}  // namespace millrace::config
