// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using identity::v1::ClientTransport;
using registry::v1::ClientAuthentication;

struct AuthenticationOptions {
  std::vector<std::string> transports;
  std::string password;
  std::string certificate;
  std::int64_t expected_version = 0;
};

const std::map<std::string, ClientTransport>& transports() {
  static const std::map<std::string, ClientTransport> all = {
      {"tcp", identity::v1::CLIENT_TRANSPORT_TCP},
      {"tls", identity::v1::CLIENT_TRANSPORT_TLS},
      {"websocket", identity::v1::CLIENT_TRANSPORT_WEBSOCKET},
      {"secure-websocket", identity::v1::CLIENT_TRANSPORT_SECURE_WEBSOCKET},
  };
  return all;
}

std::string word(ClientTransport transport) {
  for (const auto& [name, value] : transports()) {
    if (value == transport) return name;
  }
  return std::to_string(transport);
}

std::string on_or_off(bool value) {
  return value ? "required" : "off";
}

Table table_of(const ClientAuthentication& authentication) {
  Table table{{"transport", "password", "certificate", "version", "updated_at", "updated_by"}, {}};
  for (const auto& entry : authentication.rules().transports()) {
    table.rows.push_back({word(entry.transport()), on_or_off(entry.password_required()),
                          on_or_off(entry.certificate_required()),
                          std::to_string(authentication.rules().version()),
                          format_time(authentication.updated_at()), authentication.updated_by()});
  }
  return table;
}

absl::StatusOr<ClientAuthentication> get(Run& run) {
  return run.session.ask_registry<ClientAuthentication>(
      [](auto& stub, auto& context, auto& response) {
        return stub.GetClientAuthentication(&context, {}, &response);
      });
}

absl::Status show(Run& run) {
  MILLRACE_ASSIGN_OR_RETURN(const auto authentication, get(run));
  return run.output.print(authentication, table_of(authentication));
}

// What is not given stays; made from what was read, and refused where that has changed meanwhile.
absl::Status set(Run& run, const AuthenticationOptions& options) {
  if (options.password.empty() && options.certificate.empty()) {
    return wrong_usage("what is to change? Give --password or --certificate, or both");
  }
  MILLRACE_ASSIGN_OR_RETURN(const auto before, get(run));
  registry::v1::UpdateClientAuthenticationRequest request;
  request.set_expected_version(options.expected_version != 0 ? options.expected_version
                                                             : before.rules().version());
  for (const std::string& name : options.transports) {
    for (const auto& entry : before.rules().transports()) {
      if (entry.transport() != transports().at(name)) continue;
      auto& wanted = *request.add_transports();
      wanted = entry;
      if (!options.password.empty()) wanted.set_password_required(options.password == "required");
      if (!options.certificate.empty()) {
        wanted.set_certificate_required(options.certificate == "required");
      }
    }
  }
  MILLRACE_ASSIGN_OR_RETURN(const auto after, run.session.ask_registry<ClientAuthentication>(
                                                  [&](auto& stub, auto& context, auto& response) {
                                                    return stub.UpdateClientAuthentication(
                                                        &context, request, &response);
                                                  }));
  return run.output.print(after, table_of(after));
}

}  // namespace

void add_client_authentication_commands(Commands& commands) {
  CLI::App& noun = *commands.root.add_subcommand("client-authentication",
                                                 "What MQTT clients have to show, by transport");
  noun.require_subcommand(1);
  const auto options = std::make_shared<AuthenticationOptions>();

  CLI::App& show_verb = *noun.add_subcommand("show", "Shows what is required on each transport");
  show_verb.footer("Example:\n  millrace client-authentication show");
  show_verb.callback([&commands] { commands.command = show; });

  CLI::App& set_verb = *noun.add_subcommand(
      "set", "Requires something, or no longer; sessions that have not shown it are cut at once");
  set_verb
      .add_option("TRANSPORT", options->transports,
                  "tcp, tls, websocket, secure-websocket; may be several")
      ->required()
      ->check(CLI::IsMember(transports()));
  set_verb
      .add_option("--password", options->password,
                  "required: a user name and password of client-credentials; or off")
      ->check(CLI::IsMember({"required", "off"}));
  set_verb
      .add_option("--certificate", options->certificate,
                  "required: a certificate of client-credentials; or off. With TLS only")
      ->check(CLI::IsMember({"required", "off"}));
  set_verb
      .add_option("--expect-version", options->expected_version,
                  "Refused if another version is in force than this one, which show tells")
      ->check(CLI::PositiveNumber);
  set_verb.footer("Example:\n  millrace client-authentication set tcp tls --password required");
  set_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return set(run, *options); };
  });
}

}  // namespace millrace::cli
