// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/document.h"
#include "cli/http_sender.h"
#include "cli/mqtt_sender.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

// More than any receiver takes, so that it is the receiver that refuses.
constexpr std::size_t kMaxDocumentBytes = 64 << 20;

struct SendOptions {
  bool http = false;
  bool mqtt = false;
  std::string app_version;
  std::string token;
  std::string document = "-";
};

absl::Status print(Output& output, const Answer& answer) {
  return output.print(
      to_json(answer),
      Table{{"transport", "status_code", "reason_phrase"},
            {{answer.transport, std::to_string(answer.status_code), answer.reason_phrase}}});
}

absl::Status send(Run& run, const SendOptions& options) {
  Upload upload{options.app_version, options.token, options.document};
  if (options.document == "-") {
    MILLRACE_ASSIGN_OR_RETURN(upload.document, read_document("-", run.in, kMaxDocumentBytes));
  }
  const auto answer = options.http ? send_over_http(run.session.options(), upload)
                                   : send_over_mqtt(run.session.options(), upload, run.clock);
  if (!answer.ok()) return answer.status();
  MILLRACE_RETURN_IF_ERROR(print(run.output, *answer));
  if (answer->status_code == 200) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format("the server refused the upload: {} {}",
                                                   answer->status_code, answer->reason_phrase));
}

}  // namespace

void add_send_command(Commands& commands) {
  CLI::App& verb = *commands.root.add_subcommand(
      "send", "Sends a JSON document as a device would, and shows what the server answered");
  const auto options = std::make_shared<SendOptions>();
  CLI::App& transport = *verb.add_option_group("transport", "How to send it")->require_option(1);
  transport.add_flag("--http", options->http, "POST to --http-url");
  transport.add_flag("--mqtt", options->mqtt, "PUBLISH with QoS 1 to --mqtt-address");
  verb.add_option("--app-version", options->app_version, "The endpoint's application version")
      ->required();
  verb.add_option("--token", options->token, "The endpoint's token")->required();
  verb.add_option("DOCUMENT", options->document,
                  "The JSON document; '-' or nothing: standard input");
  verb.footer(
      "Examples:\n"
      "  millrace send --http --app-version greenhouse-v1 --token s3cr3t '{\"temperature\": 23}'\n"
      "  millrace send --mqtt --app-version greenhouse-v1 --token s3cr3t < samples.json");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return send(run, *options); };
  });
}

}  // namespace millrace::cli
