// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/token_table.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

struct TokenOptions {
  std::string endpoint_id;
  std::string application;
  std::string token;
  std::int64_t token_id = 0;
};

absl::Status create(Run& run, const TokenOptions& options) {
  registry::v1::CreateTokenRequest request;
  request.set_endpoint_id(options.endpoint_id);
  request.set_token(options.token);
  MILLRACE_ASSIGN_OR_RETURN(const auto created,
                            run.session.ask_registry<registry::v1::CreateTokenResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.CreateToken(&context, request, &response);
                                }));
  return run.output.print(created, Table{{"token_id", "endpoint_id", "token"},
                                         {{std::to_string(created.metadata().token_id()),
                                           created.metadata().endpoint_id(), created.token()}}});
}

absl::Status set_state(Run& run, const TokenOptions& options, registry::v1::TokenState state) {
  const bool by_text = !options.token.empty() || !options.application.empty();
  if ((options.token_id != 0) == by_text ||
      (by_text && (options.token.empty() || options.application.empty()))) {
    return wrong_usage(
        "which token? Give either --token-id (endpoint show has it), or --app and --token");
  }
  registry::v1::SetTokenStateRequest request;
  request.set_state(state);
  if (by_text) {
    request.mutable_token()->set_application_name(options.application);
    request.mutable_token()->set_token(options.token);
  } else {
    request.set_token_id(options.token_id);
  }
  MILLRACE_ASSIGN_OR_RETURN(
      const auto token,
      run.session.ask_registry<registry::v1::Token>([&](auto& stub, auto& context, auto& response) {
        return stub.SetTokenState(&context, request, &response);
      }));
  return run.output.print(token, table_of(token));
}

struct Verb {
  const char* name;
  const char* help;
  registry::v1::TokenState state;
};

constexpr Verb kVerbs[] = {
    {"suspend", "Refuses a token until it is activated again", registry::v1::TOKEN_STATE_SUSPENDED},
    {"activate", "Accepts a suspended token again", registry::v1::TOKEN_STATE_ACTIVE},
    {"revoke", "Refuses a token for ever: it cannot be activated again",
     registry::v1::TOKEN_STATE_REVOKED},
};

}  // namespace

void add_token_commands(Commands& commands) {
  CLI::App& noun = *commands.root.add_subcommand("token", "Endpoint tokens");
  noun.require_subcommand(1);
  const auto options = std::make_shared<TokenOptions>();

  CLI::App& create_verb = *noun.add_subcommand(
      "create", "Makes a further token for an endpoint; it is shown this once");
  create_verb.add_option("ENDPOINT_ID", options->endpoint_id, "The endpoint")->required();
  create_verb.add_option("--token", options->token,
                         "The token; 20 random letters and digits otherwise");
  create_verb.footer("Example:\n  millrace token create station-7");
  create_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return create(run, *options); };
  });

  for (const Verb& verb : kVerbs) {
    CLI::App& app = *noun.add_subcommand(verb.name, verb.help);
    app.add_option("--token-id", options->token_id, "The token's number, as endpoint show has it")
        ->check(CLI::PositiveNumber);
    app.add_option("--app", options->application, "With --token: the application it belongs to");
    app.add_option("--token", options->token, "The token itself");
    app.footer(std::string("Examples:\n  millrace token ") + verb.name +
               " --token-id 17\n  millrace token " + verb.name +
               " --app greenhouse --token s3cr3t");
    app.callback([&commands, options, state = verb.state] {
      commands.command = [options, state](Run& run) { return set_state(run, *options, state); };
    });
  }
}

}  // namespace millrace::cli
