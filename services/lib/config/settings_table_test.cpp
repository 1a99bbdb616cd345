// SPDX-License-Identifier: Apache-2.0
#include "lib/config/settings_table.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

// A service's settings, declared as every service declares them.
class Settings : public testing::Test {
 protected:
  Settings() {
    table.listen("http-listen", &http_listen, "Where devices connect.");
    table.optional_listen("https-listen", &https_listen, "The same over TLS.");
    table.text("instance-name", &instance_name, "Name of this process on the bus.");
    table.optional_text("region", &region, "Shown in logs.");
    table.urls("nats-url", &nats_url, "NATS servers.");
    table.secret("database-url", &database_url, "PostgreSQL connection.");
    table.boolean("announce", &announce, "Whether to announce points.");
    table.integer("workers", &workers, 1, 64, "Threads.");
    table.bytes("largest-body", &largest_body, 1024, 16 << 20, "Longest request body.");
    table.duration("ack-wait", &ack_wait, milliseconds{100}, std::chrono::minutes{5}, "Patience.");
    table.choice("log-level", &log_level, {"info", "error"}, "Lines | below are dropped.");
  }

  absl::StatusOr<Action> parse(std::vector<const char*> arguments,
                               const std::vector<std::string>& environment = {}) {
    arguments.insert(arguments.begin(), "millrace-test");
    return table.parse(static_cast<int>(arguments.size()), arguments.data(), environment, true);
  }

  std::string fault(const std::vector<const char*>& arguments,
                    const std::vector<std::string>& environment = {}) {
    const auto action = parse(arguments, environment);
    EXPECT_EQ(action.status().code(), absl::StatusCode::kInvalidArgument);
    return error::message(action.status());
  }

  Listen http_listen{"0.0.0.0", 8080};
  std::optional<Listen> https_listen = Listen{"0.0.0.0", 8443};
  std::string instance_name = "test";
  std::string region;
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string database_url = "postgresql:///millrace";
  bool announce = false;
  std::int64_t workers = 4;
  std::int64_t largest_body = 1 << 20;
  milliseconds ack_wait = seconds{5};
  std::string log_level = "info";
  SettingsTable table;
};

TEST_F(Settings, TellTheirNumbersInBaseUnits) {
  ASSERT_TRUE(parse({"--largest-body=64KiB", "--ack-wait=250ms"}).ok());
  std::map<std::string, double> numbers;
  for (const SettingsTable::Row& row : table.rows()) {
    if (row.number) numbers[row.name] = row.number();
  }
  const std::map<std::string, double> expected = {
      {"workers", 4}, {"largest-body", 65536}, {"ack-wait", 0.25}};
  EXPECT_EQ(numbers, expected);
}

TEST_F(Settings, KeepTheirDefaultsWhenNothingIsGiven) {
  EXPECT_EQ(parse({}).value(), Action::kRun);
  EXPECT_EQ(http_listen.port, 8080);
  EXPECT_EQ(workers, 4);
  EXPECT_EQ(ack_wait, seconds{5});
}

TEST_F(Settings, AreFilledFromFlags) {
  const auto action =
      parse({"--http-listen", "[::1]:0", "--instance-name=a", "--region=north",
             "--database-url=postgresql://x", "--announce", "true", "--workers=64",
             "--largest-body=64KiB", "--ack-wait", "250ms", "--log-level", "error"});
  EXPECT_EQ(action.value(), Action::kRun);
  EXPECT_EQ(http_listen.host, "::1");
  EXPECT_EQ(http_listen.port, 0);
  EXPECT_EQ(instance_name, "a");
  EXPECT_EQ(region, "north");
  EXPECT_EQ(database_url, "postgresql://x");
  EXPECT_TRUE(announce);
  EXPECT_EQ(workers, 64);
  EXPECT_EQ(largest_body, 65'536);
  EXPECT_EQ(ack_wait, milliseconds{250});
  EXPECT_EQ(log_level, "error");
}

TEST_F(Settings, AreFilledFromTheEnvironmentAndTheFlagWins) {
  const auto action =
      parse({"--workers=8"}, {"MILLRACE_WORKERS=broken", "MILLRACE_ACK_WAIT=1s", "WORKERS=2"});
  EXPECT_EQ(action.value(), Action::kRun);
  EXPECT_EQ(workers, 8);
  EXPECT_EQ(ack_wait, seconds{1});
}

TEST_F(Settings, ReportEveryFaultInOneMessage) {
  const std::string message =
      fault({"--http-listen=8080", "--workers=65", "--log-levle=info", "--announce=yes"},
            {"MILLRACE_LARGEST_BODY=1GB", "MILLRACE_ACK_WAT=1s", "MILLRACE_LOG_LEVEL=verbose"});
  EXPECT_EQ(
      message,
      "cannot use these settings:\n"
      "  --log-levle: no such flag; did you mean --log-level?\n"
      "  MILLRACE_ACK_WAT: no such environment variable; did you mean MILLRACE_ACK_WAIT?\n"
      "  --http-listen \"8080\": must be host:port with a port from 0 to 65535, for example "
      "0.0.0.0:8080 or [::1]:8080\n"
      "  --announce \"yes\": must be true or false\n"
      "  --workers \"65\": must be 1 to 64\n"
      "  MILLRACE_LARGEST_BODY \"1GB\": must be a size: digits and B, KiB, MiB, GiB or TiB, for "
      "example 64KiB\n"
      "  MILLRACE_LOG_LEVEL \"verbose\": must be one of info, error");
}

TEST_F(Settings, AListenerMayBeOff) {
  ASSERT_TRUE(parse({}).ok());
  EXPECT_EQ(https_listen->port, 8443);
  EXPECT_THAT(table.print(false), HasSubstr("0.0.0.0:8443"));
  ASSERT_TRUE(parse({"--https-listen=off"}).ok());
  EXPECT_EQ(https_listen, std::nullopt);
  EXPECT_THAT(table.print(false), HasSubstr("off"));
  ASSERT_TRUE(parse({"--https-listen=[::1]:1"}).ok());
  EXPECT_EQ(https_listen->host, "::1");
  EXPECT_THAT(fault({"--https-listen=on"}), HasSubstr("or [::1]:8080; or off"));
}

TEST_F(Settings, AreBoundedIncludingTheBounds) {
  EXPECT_TRUE(parse({"--largest-body=1KiB", "--ack-wait=5m", "--workers=1"}).ok());
  EXPECT_THAT(fault({"--largest-body=1023"}), HasSubstr("must be 1KiB to 16MiB"));
  EXPECT_THAT(fault({"--ack-wait=301s"}), HasSubstr("must be 100ms to 5m"));
}

TEST_F(Settings, MayBeEmptyOnlyWhereDeclaredSo) {
  EXPECT_TRUE(parse({"--region", ""}).ok());
  EXPECT_THAT(fault({"--instance-name", ""}), HasSubstr("must not be empty"));
}

TEST_F(Settings, NeverPrintASecret) {
  EXPECT_TRUE(parse({"--database-url=postgresql://user:hunter2@db/x"}).ok());
  EXPECT_THAT(table.print(false), HasSubstr("database-url = ***"));
  EXPECT_THAT(table.print(false), Not(HasSubstr("hunter2")));
  EXPECT_THAT(table.print(true), Not(HasSubstr("postgresql:///millrace")));
}

TEST_F(Settings, PrintUrlsWithoutTheirCredentials) {
  EXPECT_THAT(table.print(true), HasSubstr("| `nats-url` | URLs | `nats://127.0.0.1:4222` |"));
  EXPECT_TRUE(parse({"--nats-url=nats://hunter2@a:4222,nats://me:hunter2@b"}).ok());
  EXPECT_THAT(table.print(false), HasSubstr("nats-url = nats://***@a:4222,nats://***@b  #"));
  EXPECT_THAT(table.print(true) + table.print(false), Not(HasSubstr("hunter2")));
  EXPECT_EQ(nats_url, "nats://hunter2@a:4222,nats://me:hunter2@b");
  EXPECT_THAT(fault({"--nats-url="}), HasSubstr("--nats-url \"\": must not be empty"));
}

TEST_F(Settings, PrintTheValueInForceBesideTheDefault) {
  EXPECT_EQ(parse({"--print-settings", "--workers=8"}).value(), Action::kPrintSettings);
  EXPECT_THAT(table.print(false), HasSubstr("workers = 8  # default 4; 1 to 64; Threads.\n"));
}

TEST_F(Settings, PrintAsAMarkdownTable) {
  const std::string markdown = table.print(true);
  EXPECT_THAT(markdown, HasSubstr("| Setting | Type | Default | Allowed | Meaning |\n"));
  EXPECT_THAT(markdown, HasSubstr("| `ack-wait` | duration | `5s` | 100ms to 5m | Patience. |\n"));
  EXPECT_THAT(markdown, HasSubstr("Lines \\| below are dropped."));
}

TEST_F(Settings, AnswerHelpWhateverElseIsWrong) {
  EXPECT_EQ(parse({"--help", "--workers=x", "--nonsense"}).value(), Action::kHelp);
  const std::string help = table.help("millrace-test");
  EXPECT_THAT(help, HasSubstr("Usage: millrace-test"));
  EXPECT_THAT(help, HasSubstr("--ack-wait <duration>\n      Patience.\n      default 5s"));
}

TEST(RequiredSettings, MustBeGivenExceptToPrintTheTable) {
  std::string url;
  SettingsTable table;
  table.secret("database-url", &url, "PostgreSQL connection.");
  const std::vector<const char*> run{"millrace-test"};
  const auto missing = table.parse(1, run.data(), {}, false);
  EXPECT_THAT(error::message(missing.status()),
              HasSubstr("--database-url or MILLRACE_DATABASE_URL: must be given"));
  const std::vector<const char*> print{"millrace-test", "--print-settings=markdown"};
  EXPECT_EQ(table.parse(2, print.data(), {}, false).value(), Action::kPrintSettingsMarkdown);
  EXPECT_THAT(table.print(true),
              HasSubstr("| `database-url` | secret | none, must be given | not empty |"));
}

TEST(RequiredSettings, AreCheckedAsDeclared) {
  std::string key = "default";
  SettingsTable table;
  table.secret("key", &key, "A key.", [](const std::string& text) {
    return text == "odd" ? absl::InvalidArgumentError("must be even") : absl::OkStatus();
  });
  const std::vector<const char*> odd{"millrace-test", "--key=odd"};
  EXPECT_THAT(error::message(table.parse(2, odd.data(), {}, false).status()),
              HasSubstr("--key \"***\": must be even"));
  EXPECT_EQ(key, "default");
  const std::vector<const char*> even{"millrace-test", "--key=even"};
  EXPECT_TRUE(table.parse(2, even.data(), {}, false).ok());
  EXPECT_EQ(key, "even");
}

TEST(RequiredSettings, NeverShowARefusedSecret) {
  std::string key = "default";
  SettingsTable table;
  table.secret("key", &key, "A key.");
  const std::vector<const char*> arguments{"millrace-test", "--key="};
  EXPECT_THAT(error::message(table.parse(2, arguments.data(), {}, false).status()),
              HasSubstr("--key \"\": must not be empty"));
}

TEST_F(Settings, ARuleBetweenSettingsIsLookedAtWhenEachIsUsable) {
  table.rule([this] {
    return workers > 1 || !announce ? absl::OkStatus()
                                    : absl::InvalidArgumentError("announce needs 2 workers");
  });
  EXPECT_TRUE(parse({"--workers=1"}).ok());
  EXPECT_THAT(fault({"--workers=1", "--announce=true"}), HasSubstr("\n  announce needs 2 workers"));
  EXPECT_THAT(fault({"--workers=x", "--announce=true"}), Not(HasSubstr("announce needs")));
  EXPECT_TRUE(parse({"--workers=1", "--announce=true", "--print-settings"}).ok());
}

}  // namespace
}  // namespace millrace::config
