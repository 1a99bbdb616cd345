// SPDX-License-Identifier: Apache-2.0
#include "lib/process/run.h"

#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "lib/concurrency/wait.h"

namespace millrace::process {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A service that does what a test tells it and writes down how it was called.
struct Script {
  std::function<absl::Status(std::stop_token)> start = [](const std::stop_token&) {
    kill(getpid(), SIGTERM);
    return absl::OkStatus();
  };
  std::function<void(std::chrono::milliseconds)> stop = [](std::chrono::milliseconds) {};
  std::function<void()> reload = [] {};
  std::vector<std::string> calls;
};

class ScriptedService final : public Service {
 public:
  explicit ScriptedService(Script& script) : script_(script) {}

  absl::Status start(std::stop_token stop) override {
    script_.calls.emplace_back("start");
    return script_.start(std::move(stop));
  }
  void reload() override {
    script_.calls.emplace_back("reload");
    script_.reload();
  }
  void stop(std::chrono::milliseconds deadline) override {
    script_.calls.push_back("stop within " + std::to_string(deadline.count()) + " ms");
    script_.stop(deadline);
  }

 private:
  Script& script_;
};

class Running : public testing::Test {
 protected:
  // The exit status; what was written is in `out` and `log` afterwards.
  int run_with(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "millrace-test");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = run(static_cast<int>(argv.size()), argv.data(), program());
    out = testing::internal::GetCapturedStdout();
    log = testing::internal::GetCapturedStderr();
    return status;
  }

  Program program() {
    Program made{.name = "test",
                 .settings = settings,
                 .admin_port = 0,
                 .make_service =
                     [this](Platform& platform) {
                       exposed = platform.metrics.expose();
                       return std::make_unique<ScriptedService>(script);
                     },
                 .migrate = migrate};
    return made;
  }

  Script script;
  config::SettingsTable settings;
  std::function<absl::Status(Platform&, std::stop_token)> migrate;
  std::string out;
  std::string log;
  std::string exposed;  // metrics, when the service was made
};

TEST_F(Running, TellsItsSettingsThatAreNumbers) {
  std::int64_t connections = 10'000;
  std::string name = "a";
  settings.integer("max-connections", &connections, 1, 20'000, "At once.");
  settings.text("instance-name", &name, "Which.");
  EXPECT_EQ(run_with({"--max-connections=500"}), 0);
  EXPECT_THAT(exposed, HasSubstr("millrace_setting{setting=\"max-connections\"} 500\n"));
  EXPECT_THAT(exposed, HasSubstr("millrace_setting{setting=\"shutdown-timeout\"} 20\n"));
  EXPECT_THAT(exposed, testing::Not(HasSubstr("instance-name")));
}

TEST_F(Running, ServesUntilASignalAndThenStops) {
  EXPECT_EQ(run_with({"--shutdown-timeout=3s"}), 0);
  EXPECT_THAT(script.calls, ElementsAre("start", "stop within 3000 ms"));
  EXPECT_THAT(log, HasSubstr(R"("event":"listening","what":"admin","host":"127.0.0.1","port":)"));
  EXPECT_THAT(log, HasSubstr(R"("event":"ready")"));
  EXPECT_THAT(log, HasSubstr(R"("event":"stop requested","signal":"SIGTERM")"));
  EXPECT_THAT(log, HasSubstr(R"("event":"stopped")"));
  EXPECT_THAT(out, IsEmpty());
}

TEST_F(Running, ASignalEndsTheWaitingOfAStart) {
  script.start = [](const std::stop_token& stop) {
    kill(getpid(), SIGINT);
    while (concurrency::sleep_for(stop, std::chrono::hours{1})) {
    }
    return absl::CancelledError("stopped while waiting for NATS");
  };
  EXPECT_EQ(run_with({}), 0);
  EXPECT_THAT(script.calls, ElementsAre("start", "stop within 20000 ms"));
  EXPECT_THAT(log, Not(HasSubstr("fatal")));
}

TEST_F(Running, AFailedStartIsFatal) {
  script.start = [](const std::stop_token&) { return absl::InternalError("schema is newer"); };
  EXPECT_EQ(run_with({}), 1);
  EXPECT_THAT(script.calls, ElementsAre("start", "stop within 20000 ms"));
  EXPECT_THAT(log, HasSubstr(R"("level":"fatal","service":"test","event":"cannot start",)"
                             R"("error":"schema is newer")"));
}

TEST_F(Running, AnExceptionIsFatal) {
  script.start = [](const std::stop_token&) -> absl::Status { throw std::runtime_error("oops"); };
  EXPECT_EQ(run_with({}), 1);
  EXPECT_THAT(log, HasSubstr(R"("event":"unhandled exception","error":"oops")"));
}

TEST_F(Running, IsReadyOnlyBetweenStartAndStop) {
  Readiness* readiness = nullptr;
  std::vector<bool> ready;
  Program watched = program();
  watched.make_service = [&](Platform& platform) {
    readiness = &platform.readiness;
    return std::make_unique<ScriptedService>(script);
  };
  script.start = [&](const std::stop_token&) {
    ready.push_back(readiness->ready());
    kill(getpid(), SIGTERM);
    return absl::OkStatus();
  };
  script.stop = [&](std::chrono::milliseconds) { ready.push_back(readiness->ready()); };
  std::string name = "millrace-test";
  char* argv[] = {name.data(), nullptr};
  testing::internal::CaptureStderr();
  EXPECT_EQ(run(1, argv, watched), 0);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("ready"));
  EXPECT_THAT(ready, ElementsAre(false, false));
}

TEST_F(Running, AHangupReloadsBetweenStartAndStop) {
  script.start = [](const std::stop_token&) {
    kill(getpid(), SIGHUP);
    return absl::OkStatus();
  };
  script.reload = [] { kill(getpid(), SIGTERM); };
  EXPECT_EQ(run_with({}), 0);
  EXPECT_THAT(script.calls, ElementsAre("start", "reload", "stop within 20000 ms"));
  EXPECT_THAT(log, HasSubstr("reload requested"));
}

TEST_F(Running, WrongUsageExitsWithTwoAndStartsNothing) {
  EXPECT_EQ(run_with({"--log-level=loud", "--admin-listen=9101", "--shutdown-timeout=1ms"}), 2);
  EXPECT_THAT(log, HasSubstr("millrace-test: cannot use these settings:"));
  EXPECT_THAT(log, HasSubstr("--log-level \"loud\": must be one of debug, info, warning, error"));
  EXPECT_THAT(log, HasSubstr("--admin-listen \"9101\""));
  EXPECT_THAT(log, HasSubstr("--shutdown-timeout \"1ms\": must be 100ms to 1h"));
  EXPECT_THAT(script.calls, IsEmpty());
}

TEST_F(Running, AnswersWithoutStarting) {
  EXPECT_EQ(run_with({"--version"}), 0);
  EXPECT_THAT(out, testing::MatchesRegex("millrace-test [0-9.]+\n"));
  EXPECT_EQ(run_with({"--check-config"}), 0);
  EXPECT_EQ(out, "settings are usable\n");
  EXPECT_EQ(run_with({"--print-settings"}), 0);
  EXPECT_THAT(out, HasSubstr("admin-listen = 127.0.0.1:0"));
  EXPECT_EQ(run_with({"--print-settings=markdown"}), 0);
  EXPECT_THAT(out, HasSubstr("| `shutdown-timeout` | duration | `20s` |"));
  EXPECT_EQ(run_with({"--help"}), 0);
  EXPECT_THAT(out, HasSubstr("Usage: millrace-test"));
  EXPECT_THAT(script.calls, IsEmpty());
}

TEST_F(Running, MigratesOnlyWhenAskedTo) {
  int migrations = 0;
  migrate = [&migrations](Platform&, const std::stop_token&) {
    ++migrations;
    return absl::OkStatus();
  };
  EXPECT_EQ(run_with({"--migrate-only"}), 0);
  EXPECT_EQ(migrations, 1);
  EXPECT_THAT(script.calls, IsEmpty());
  EXPECT_EQ(run_with({}), 0);
  EXPECT_EQ(migrations, 1);
}

TEST_F(Running, AFailedMigrationIsFatal) {
  migrate = [](Platform&, const std::stop_token&) { return absl::UnavailableError("no database"); };
  EXPECT_EQ(run_with({"--migrate-only"}), 1);
  EXPECT_THAT(log, HasSubstr(R"("event":"cannot migrate","error":"no database")"));
}

class RunningDeathTest : public Running {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  // run() as a process of its own would, with everything on stderr.
  void run_alone() {
    std::string name = "millrace-test";
    char* argv[] = {name.data(), nullptr};
    _exit(run(1, argv, program()));
  }
};

TEST_F(RunningDeathTest, AnExceptionOfAnotherThreadIsAFatalLine) {
  script.start = [](const std::stop_token&) {
    std::jthread([] { throw std::runtime_error("oops"); }).join();
    return absl::OkStatus();
  };
  EXPECT_EXIT(run_alone(), testing::KilledBySignal(SIGABRT),
              R"("level":"fatal","service":"test","event":"unhandled exception","error":"oops")");
}

TEST_F(RunningDeathTest, ASecondSignalCutsAStopShort) {
  script.stop = [](std::chrono::milliseconds) {
    kill(getpid(), SIGTERM);
    while (true) pause();
  };
  EXPECT_EXIT(run_alone(), testing::ExitedWithCode(1), "stopped at once by a second signal");
}

}  // namespace
}  // namespace millrace::process
