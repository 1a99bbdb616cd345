// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
  std::optional<double> max_uploads_per_second;
  std::int32_t max_upload_burst = 0;
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

// Nothing: that of its application counts.
std::string own_quota_in_words(const Endpoint& endpoint) {
  if (!endpoint.has_max_uploads_per_second()) return "";
  if (endpoint.max_uploads_per_second() == 0) return "no limit";
  const std::string rate = fmt::format("{}/s", endpoint.max_uploads_per_second());
  if (endpoint.max_upload_burst() == 0) return rate;
  return fmt::format("{}, {} at once", rate, endpoint.max_upload_burst());
}

Table table_of(const google::protobuf::RepeatedPtrField<Endpoint>& endpoints) {
  Table table{
      {"endpoint_id", "application_name", "app_version_name", "tokens", "own_quota", "created_at"},
      {}};
  for (const Endpoint& endpoint : endpoints) {
    table.rows.push_back({endpoint.endpoint_id(), endpoint.application_name(),
                          endpoint.app_version_name(), tokens_in_words(endpoint),
                          own_quota_in_words(endpoint), format_time(endpoint.created_at())});
  }
  return table;
}

absl::Status print(Output& output, const Endpoint& endpoint) {
  google::protobuf::RepeatedPtrField<Endpoint> one;
  *one.Add() = endpoint;
  return output.print(endpoint, table_of(one));
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
  if (!options.state.empty()) request.set_token_state(token_states().at(options.state));
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
  return print(run.output, endpoint);
}

absl::Status set_quota(Run& run, const EndpointOptions& options) {
  registry::v1::SetEndpointQuotaRequest request;
  request.set_endpoint_id(options.id);
  if (options.max_uploads_per_second) {
    request.set_max_uploads_per_second(*options.max_uploads_per_second);
  }
  request.set_max_upload_burst(options.max_upload_burst);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto endpoint,
      run.session.ask_registry<Endpoint>([&](auto& stub, auto& context, auto& response) {
        return stub.SetEndpointQuota(&context, request, &response);
      }));
  return print(run.output, endpoint);
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

  CLI::App& quota_verb = *noun.add_subcommand(
      "set-quota", "Gives an endpoint a quota of its own; without a number its application's");
  quota_verb.add_option("ID", options->id, "The endpoint id")->required();
  quota_verb.add_option("--max-uploads-per-second", options->max_uploads_per_second,
                        "At each receiver; more are answered with 429; 0: no limit");
  quota_verb.add_option("--max-upload-burst", options->max_upload_burst,
                        "So many uploads may come at once after a pause; 0: those of a second");
  quota_verb.footer(
      "Examples:\n"
      "  millrace endpoint set-quota gateway-3 --max-uploads-per-second 50\n"
      "  millrace endpoint set-quota gateway-3");
  quota_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return set_quota(run, *options); };
  });
}

}  // namespace millrace::cli
