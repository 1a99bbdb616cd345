// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"

#include <chrono>
#include <map>
#include <vector>

#include <fmt/format.h>

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

constexpr char kFooter[] =
    "Examples:\n"
    "  millrace app create greenhouse --auto-extract on\n"
    "  millrace app-version create greenhouse-v1 --app greenhouse\n"
    "  millrace endpoint create --app-version greenhouse-v1 --id station-7 --token s3cr3t\n"
    "  millrace send --http --app-version greenhouse-v1 --token s3cr3t '{\"temperature\": 23}'\n"
    "  millrace query --app greenhouse --endpoint station-7 --last 15m\n"
    "\n"
    "Every command has --help with examples. Exit status: 0 done, 1 failed, 2 wrong usage.";

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
  root.add_flag("--tls", session.tls.enabled, "Calls the registry and query over TLS")
      ->group("Global options")
      ->envname("MILLRACE_GRPC_TLS");
  add_global(root, "tls-ca", session.tls.authorities,
             "PEM file of the authorities that their certificates must lead to, instead of the "
             "system's; turns TLS on")
      ->envname("MILLRACE_TLS_CA");
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
  add_global(root, "format", options.format,
             "How to print the answer: for people, as the message in JSON, or as CSV")
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
  add_client_credentials_commands(commands);
  add_client_authentication_commands(commands);
  add_dashboard_commands(commands);
  add_send_command(commands);
  add_series_commands(commands);
  add_query_command(commands);
  add_last_command(commands);
  add_tail_command(commands);
  add_chart_command(commands);
  add_rejected_commands(commands);
  add_doctor_command(commands);
  add_explain_command(commands);
}

// The help of one command says nothing of them otherwise.
void mention_global_options(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands(/*filter=*/{})) {
    if (command->get_name().empty()) continue;  // a group of options
    mention_global_options(*command);
    const std::string footer = command->get_footer();
    command->footer(footer + (footer.empty() ? "" : "\n\n") +
                    "Global options, such as --format table|json|csv, --key-file and --timeout: "
                    "millrace --help");
  }
}

// CLI11 calls a word that it does not know a missing subcommand, and does not say whose --help to
// read.
std::string fault_text(const CLI::App* root, const CLI::Error& fault) {
  const CLI::App* command = root;
  std::string words = root->get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    words += " " + command->get_name();
  }
  std::string cause = fault.what();
  const std::vector<std::string> unknown = root->remaining(/*recurse=*/true);
  const bool is_required = fault.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
  if (is_required && command->get_require_subcommand_min() > 0) {
    cause = unknown.empty() ? "a command is missing"
                            : fmt::format("'{}' is no command and no option", unknown.front());
  }
  return fmt::format("millrace: {}; see {} --help\n", cause, words);
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
  Run run{session, output, streams.in, streams.err, streams.clock, streams.terminal};
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
  GlobalOptions options;
  const CLI::Option* timeout = add_global_options(root, options);
  Commands commands{root, nullptr};
  add_commands(commands);
  mention_global_options(root);
  root.footer(kFooter);
  root.failure_message(fault_text);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& fault) {
    return root.exit(fault, streams.out, streams.err) == 0 ? kDone : kWrongUsage;
  }
  options.session.timeout_given = timeout->count() > 0;
  return execute(commands, options, streams);
}

}  // namespace millrace::cli
