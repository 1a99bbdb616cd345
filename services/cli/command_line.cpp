// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"

#include <chrono>
#include <map>

#include "cli/commands.h"
#include "cli/wrong_usage.h"
#include "lib/config/value_text.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
// As long as any server works on a call, and far from what the clocks of gRPC, cpprestsdk and ours
// can count.
constexpr std::chrono::hours kMaxTimeout{24};

struct GlobalOptions {
  SessionOptions session;
  std::string timeout = "30s";
  std::string format = "table";
};

const std::map<std::string, Format> kFormats = {
    {"table", Format::kTable}, {"json", Format::kJson}, {"csv", Format::kCsv}};

CLI::Option* add_global(CLI::App& root, const std::string& name, std::string& target,
                        const std::string& help) {
  return root.add_option("--" + name, target, help)->group("Global options");
}

CLI::Option* add_global_options(CLI::App& root, GlobalOptions& options) {
  SessionOptions& session = options.session;
  add_global(root, "registry-address", session.registry_address, "Where the registry answers gRPC")
      ->envname("MILLRACE_REGISTRY_ADDRESS")
      ->capture_default_str();
  add_global(root, "query-address", session.query_address, "Where query answers gRPC")
      ->envname("MILLRACE_QUERY_ADDRESS")
      ->capture_default_str();
  add_global(root, "http-url", session.http_url, "Where the http-receiver takes uploads")
      ->envname("MILLRACE_HTTP_URL")
      ->capture_default_str();
  add_global(root, "mqtt-address", session.mqtt_address, "Where the mqtt-receiver listens")
      ->envname("MILLRACE_MQTT_ADDRESS")
      ->capture_default_str();
  add_global(root, "key", session.key, "API key; other users of this machine can see it")
      ->envname("MILLRACE_KEY");
  add_global(root, "key-file", session.key_file, "File with the API key, used without --key")
      ->envname("MILLRACE_KEY_FILE");
  add_global(root, "format", options.format, "How to print the answer")
      ->check(CLI::IsMember(kFormats))
      ->capture_default_str();
  return add_global(root, "timeout", options.timeout,
                    "How long to wait for an answer: 500ms, 30s, 5m; query waits without end "
                    "unless this is given")
      ->capture_default_str();
}

void add_commands(Commands& commands) {
  add_app_commands(commands);
  add_app_version_commands(commands);
  add_endpoint_commands(commands);
  add_token_commands(commands);
  add_key_commands(commands);
  add_send_command(commands);
  add_series_commands(commands);
  add_query_command(commands);
  add_last_command(commands);
  add_rejected_commands(commands);
}

int report(const absl::Status& status, std::ostream& err) {
  if (status.ok()) return kDone;
  err << "millrace: " << error::message(status) << "\n";
  return is_wrong_usage(status) ? kWrongUsage : kFailed;
}

int execute(Commands& commands, GlobalOptions& options, const Streams& streams) {
  const auto timeout = config::parse_duration(options.timeout);
  if (!timeout.ok() || timeout->count() == 0 || *timeout > kMaxTimeout) {
    return report(
        wrong_usage("--timeout: '" + options.timeout + "' must be like 500ms, 30s, 5m, at most 1d"),
        streams.err);
  }
  options.session.timeout = *timeout;
  Session session(options.session);
  Output output(streams.out, kFormats.at(options.format));
  Run run{session, output, streams.in, streams.err, streams.clock};
  return report(commands.command(run), streams.err);
}

}  // namespace

void Run::note(const std::string& text) {
  err << "millrace: note: " << text << "\n";
}

int run(int argc, const char* const* argv, const Streams& streams) {
  CLI::App root{"Administrates Millrace, sends samples, and shows time series.", "millrace"};
  root.require_subcommand(1);
  // Global options may stand anywhere on the line.
  root.fallthrough();
  root.set_version_flag("--version", std::string("millrace " MILLRACE_VERSION));
  root.footer(
      "Every command has --help with examples. Exit status: 0 done, 1 failed, 2 wrong usage.");
  GlobalOptions options;
  const CLI::Option* timeout = add_global_options(root, options);
  Commands commands{root, nullptr};
  add_commands(commands);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& fault) {
    return root.exit(fault, streams.out, streams.err) == 0 ? kDone : kWrongUsage;
  }
  options.session.timeout_given = timeout->count() > 0;
  return execute(commands, options, streams);
}

}  // namespace millrace::cli
