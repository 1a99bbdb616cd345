// SPDX-License-Identifier: Apache-2.0
#include "lib/process/run.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "lib/process/admin_server.h"
#include "lib/process/resource_usage.h"
#include "lib/process/signals.h"

namespace millrace::process {
namespace {

using std::chrono::milliseconds;

constexpr int kClean = 0;
constexpr int kFatal = 1;
constexpr int kWrongUsage = 2;
constexpr char kVersion[] = MILLRACE_VERSION;
// How long after its deadline a stop() is taken for hanging.
constexpr std::chrono::seconds kStopGrace{5};

struct ProcessSettings {
  config::Listen admin_listen{"127.0.0.1", 0};
  std::string log_level = "info";
  milliseconds shutdown_timeout{20'000};
};

void declare(config::SettingsTable& table, ProcessSettings& settings) {
  table.listen("admin-listen", &settings.admin_listen,
               "IPv4 address of /metrics, /healthz, /readyz and /version.");
  table.choice("log-level", &settings.log_level, {"debug", "info", "warning", "error"},
               "Log lines below this level are dropped.");
  table.duration("shutdown-timeout", &settings.shutdown_timeout, milliseconds{100},
                 std::chrono::hours{1},
                 "How long a stop may take to finish what was accepted before it is abandoned.");
}

log::Level log_level(const std::string& name) {
  if (name == "debug") return log::Level::kDebug;
  if (name == "warning") return log::Level::kWarning;
  if (name == "error") return log::Level::kError;
  return log::Level::kInfo;
}

std::vector<std::string> environment() {
  std::vector<std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    variables.emplace_back(*entry);
  }
  return variables;
}

// For the terminate handler, which can be given nothing.
std::string& terminating_service() {
  static std::string name;
  return name;
}

std::string describe_current_exception() {
  const std::exception_ptr current = std::current_exception();
  if (!current) return "std::terminate without an exception";
  try {
    std::rethrow_exception(current);
  } catch (const std::exception& fault) {
    return fault.what();
  } catch (...) {
    return "exception of an unknown type";
  }
}

// Exceptions on other threads and from noexcept functions end here.
[[noreturn]] void log_and_abort() {
  log::Logger(terminating_service(), log::Level::kError)
      .fatal("unhandled exception", {{"error", describe_current_exception()}});
  std::abort();
}

// What is left to do when nothing is to be run; the exit status.
int print_answer(config::Action action, const Program& program) {
  const std::string binary = "millrace-" + program.name;
  std::string text;
  switch (action) {
    case config::Action::kHelp:
      text = program.settings.help(binary);
      break;
    case config::Action::kVersion:
      text = fmt::format("{} {}\n", binary, kVersion);
      break;
    case config::Action::kPrintSettings:
    case config::Action::kPrintSettingsMarkdown:
      text = program.settings.print(action == config::Action::kPrintSettingsMarkdown);
      break;
    case config::Action::kCheckConfig:
      text = "settings are usable\n";
      break;
    case config::Action::kRun:
    case config::Action::kMigrateOnly:
      break;
  }
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kFatal : kClean;
}

// One run of a service, from the admin port to the end of stop().
class Run {
 public:
  Run(const Program& program, const ProcessSettings& settings, Signals& signals)
      : program_(program),
        settings_(settings),
        signals_(signals),
        log_(program.name, log_level(settings.log_level)) {
    metrics_
        .gauge("millrace_build_info", "Always 1; the labels say what runs.",
               {{"service", program.name}, {"version", kVersion}})
        .set(1);
    expose_resource_usage(metrics_, clock_);
    expose_settings();
    const metrics::Gauge ready = metrics_.gauge("millrace_ready", "1 when /readyz answers 200.");
    metrics_.on_scrape([this, ready] { ready.set(readiness_.ready() ? 1 : 0); });
    signals_.watch({.first =
                        [this](std::string_view signal) {
                          log_.info("stop requested", {{"signal", signal}});
                        },
                    .second =
                        [this](std::string_view signal) {
                          log_.error("stopped at once by a second signal", {{"signal", signal}});
                        }});
  }

  // The reactions use the members.
  ~Run() { signals_.unwatch(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  int migrate() {
    const absl::Status status = program_.migrate(platform_, signals_.stop_token());
    if (!status.ok()) return fail("cannot migrate", status);
    log_.info("migrated");
    return kClean;
  }

  int serve() {
    // Outlives the admin server, which refreshes gauges of the service on a scrape.
    std::unique_ptr<Service> service;

    readiness_.set("service", false, "starting");
    log_.info("starting", {{"version", kVersion}, {"pid", getpid()}});
    const auto admin = AdminServer::start(settings_.admin_listen, content());
    if (!admin.ok()) return fail("cannot start", admin.status());
    log_.info(
        "listening",
        {{"what", "admin"}, {"host", settings_.admin_listen.host}, {"port", (*admin)->port()}});
    service = program_.make_service(platform_);
    const int status = start_and_wait(*service);
    stop(*service);
    return status;
  }

 private:
  // What a figure is to be held against: a bound that is a setting needs no gauge of its own.
  void expose_settings() {
    for (const config::SettingsTable::Row& row : program_.settings.rows()) {
      if (!row.number) continue;
      metrics_
          .gauge("millrace_setting", "Settings in force that are numbers: counts, bytes, seconds.",
                 {{"setting", row.name}})
          .set(row.number());
    }
  }

  AdminServer::Content content() {
    return {.metrics = metrics_,
            .readiness = readiness_,
            .version_json =
                fmt::format(R"({{"service":"{}","version":"{}"}})", program_.name, kVersion)};
  }

  int start_and_wait(Service& service) {
    const time::Instant begun = clock_.instant();
    const absl::Status started = service.start(signals_.stop_token());
    if (!started.ok()) return fail("cannot start", started);
    readiness_.set("service", true, "");
    log_.info("ready", {{"duration_ms", since_ms(begun)}});
    while (signals_.wait() == Signals::Request::kReload) {
      log_.info("reload requested", {{"signal", "SIGHUP"}});
      service.reload();
    }
    return kClean;
  }

  void stop(Service& service) {
    readiness_.set("service", false, "stopping");
    const time::Instant begun = clock_.instant();
    const std::jthread watchdog([this](const std::stop_token& stopped) {
      if (!concurrency::sleep_for(stopped, settings_.shutdown_timeout + kStopGrace)) return;
      log_.fatal("stop hangs, ending the process",
                 {{"shutdown_timeout_ms", settings_.shutdown_timeout.count()}});
      _exit(kFatal);
    });
    service.stop(settings_.shutdown_timeout);
    log_.info("stopped", {{"duration_ms", since_ms(begun)}});
  }

  std::int64_t since_ms(time::Instant begun) const {
    return std::chrono::duration_cast<milliseconds>(clock_.instant() - begun).count();
  }

  // The exit status. To be stopped while waiting for something is no failure.
  int fail(std::string_view event, const absl::Status& status) {
    if (absl::IsCancelled(status) && signals_.stop_token().stop_requested()) return kClean;
    log_.fatal(event, {{"error", error::message(status)}});
    return kFatal;
  }

  const Program& program_;
  const ProcessSettings& settings_;
  Signals& signals_;
  const time::SystemClock clock_;
  log::Logger log_;
  metrics::Registry metrics_;
  Readiness readiness_;
  Platform platform_{log_, metrics_, readiness_, clock_};
};

int run_program(Program& program, config::Action action, const ProcessSettings& settings,
                Signals& signals) {
  Run run(program, settings, signals);
  return action == config::Action::kMigrateOnly ? run.migrate() : run.serve();
}

}  // namespace

int run(int argc, char** argv, Program program) {
  terminating_service() = program.name;
  std::set_terminate(log_and_abort);
  Signals signals;

  ProcessSettings settings;
  settings.admin_listen.port = program.admin_port;
  declare(program.settings, settings);
  const auto action =
      program.settings.parse(argc, argv, environment(), static_cast<bool>(program.migrate));
  if (!action.ok()) {
    std::fprintf(stderr, "millrace-%s: %s\n", program.name.c_str(),
                 error::message(action.status()).c_str());
    return kWrongUsage;
  }
  if (*action != config::Action::kRun && *action != config::Action::kMigrateOnly) {
    return print_answer(*action, program);
  }
  try {
    return run_program(program, *action, settings, signals);
  } catch (const std::exception&) {
    log::Logger(program.name, log::Level::kError)
        .fatal("unhandled exception", {{"error", describe_current_exception()}});
    return kFatal;
  }
}

}  // namespace millrace::process
