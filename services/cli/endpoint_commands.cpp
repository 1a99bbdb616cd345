// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/registry_pages.h"
#include "cli/token_table.h"
#include "cli/value_text.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using registry::v1::Endpoint;

struct EndpointOptions {
  std::string id;
  std::string application;
  std::string app_version;
  std::string token;
  std::string search;
  std::string state;
};

const std::map<std::string, registry::v1::TokenState> kStates = {
    {"inactive", registry::v1::TOKEN_STATE_INACTIVE},
    {"active", registry::v1::TOKEN_STATE_ACTIVE},
    {"suspended", registry::v1::TOKEN_STATE_SUSPENDED},
    {"revoked", registry::v1::TOKEN_STATE_REVOKED},
};

// "17 (active), 18 (revoked)": ids, which must not look like counts.
std::string tokens_in_words(const Endpoint& endpoint) {
  std::string words;
  for (const registry::v1::Token& token : endpoint.tokens()) {
    if (!words.empty()) words += ", ";
    words += fmt::format("{} ({})", token.token_id(), word(token.state()));
  }
  return words;
}

Table table_of(const google::protobuf::RepeatedPtrField<Endpoint>& endpoints) {
  Table table{{"endpoint_id", "application_name", "app_version_name", "tokens", "created_at"}, {}};
  for (const Endpoint& endpoint : endpoints) {
    table.rows.push_back({endpoint.endpoint_id(), endpoint.application_name(),
                          endpoint.app_version_name(), tokens_in_words(endpoint),
                          format_time(endpoint.created_at())});
  }
  return table;
}

absl::Status create(Run& run, const EndpointOptions& options) {
  registry::v1::CreateEndpointRequest request;
  request.set_app_version_name(options.app_version);
  request.set_endpoint_id(options.id);
  request.set_token(options.token);
  using registry::v1::CreateEndpointResponse;
  MILLRACE_ASSIGN_OR_RETURN(const auto created, run.session.ask_registry<CreateEndpointResponse>(
                                                    [&](auto& stub, auto& context, auto& response) {
                                                      return stub.CreateEndpoint(&context, request,
                                                                                 &response);
                                                    }));
  const Endpoint& endpoint = created.endpoint();
  return run.output.print(created,
                          Table{{"endpoint_id", "application_name", "app_version_name", "token"},
                                {{endpoint.endpoint_id(), endpoint.application_name(),
                                  endpoint.app_version_name(), created.token()}}});
}

absl::Status list(Run& run, const EndpointOptions& options) {
  registry::v1::ListEndpointsRequest request;
  request.set_application_name(options.application);
  request.set_search(options.search);
  request.set_app_version_name(options.app_version);
  if (!options.state.empty()) request.set_token_state(kStates.at(options.state));
  MILLRACE_ASSIGN_OR_RETURN(
      const auto all,
      all_pages(run.session, request, &registry::v1::Registry::Stub::ListEndpoints));
  return run.output.print(all, table_of(all.endpoints()));
}

absl::Status show(Run& run, const EndpointOptions& options) {
  registry::v1::GetEndpointRequest request;
  request.set_endpoint_id(options.id);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto endpoint,
      run.session.ask_registry<Endpoint>([&](auto& stub, auto& context, auto& response) {
        return stub.GetEndpoint(&context, request, &response);
      }));
  google::protobuf::RepeatedPtrField<Endpoint> one;
  *one.Add() = endpoint;
  return run.output.print(endpoint, table_of(one));
}

}  // namespace

void add_endpoint_commands(Commands& commands) {
  CLI::App& noun = *commands.root.add_subcommand("endpoint", "Endpoints: the devices");
  noun.require_subcommand(1);
  const auto options = std::make_shared<EndpointOptions>();

  CLI::App& create_verb =
      *noun.add_subcommand("create", "Makes an endpoint with a token, which is shown this once");
  create_verb.add_option("--app-version", options->app_version, "The version of its application")
      ->required();
  create_verb.add_option("--id", options->id, "The endpoint id; a UUID otherwise");
  create_verb.add_option("--token", options->token,
                         "The token; 20 random letters and digits otherwise");
  create_verb.footer(
      "Examples:\n"
      "  millrace endpoint create --app-version greenhouse-v1\n"
      "  millrace endpoint create --app-version greenhouse-v1 --id station-7 --token s3cr3t");
  create_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return create(run, *options); };
  });

  CLI::App& list_verb = *noun.add_subcommand("list", "Lists the endpoints");
  list_verb.add_option("--app", options->application, "Only of this application");
  list_verb.add_option("--search", options->search,
                       "Only those whose id contains this, whatever the case of letters");
  list_verb.add_option("--app-version", options->app_version, "Only of this version");
  list_verb.add_option("--state", options->state, "Only those that have a token in this state")
      ->check(CLI::IsMember({"inactive", "active", "suspended", "revoked"}));
  list_verb.footer(
      "Examples:\n"
      "  millrace endpoint list --app greenhouse --format csv\n"
      "  millrace endpoint list --app greenhouse --search pump --state suspended");
  list_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return list(run, *options); };
  });

  CLI::App& show_verb = *noun.add_subcommand("show", "Shows one endpoint with its tokens' states");
  show_verb.add_option("ID", options->id, "The endpoint id")->required();
  show_verb.footer("Example:\n  millrace endpoint show station-7");
  show_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return show(run, *options); };
  });
}

}  // namespace millrace::cli
