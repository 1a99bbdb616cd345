// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using registry::v1::ApiKey;

struct KeyOptions {
  std::string name;
  std::string role;
  std::vector<std::string> apps;
  std::int64_t key_id = 0;
};

using identity::v1::ApiKeyRole;

const std::map<std::string, ApiKeyRole> kRoles = {
    {"reader", identity::v1::API_KEY_ROLE_READER},
    {"operator", identity::v1::API_KEY_ROLE_OPERATOR},
    {"admin", identity::v1::API_KEY_ROLE_ADMIN},
};

std::string role_text(const ApiKey& key) {
  // A registry of before there were roles has admins only.
  if (key.role() == identity::v1::API_KEY_ROLE_UNSPECIFIED) return "admin";
  for (const auto& [name, role] : kRoles) {
    if (role == key.role()) return name;
  }
  return std::to_string(key.role());
}

std::string applications_text(const ApiKey& key) {
  return key.application_names().empty()
             ? "all"
             : fmt::format("{}", fmt::join(key.application_names(), " "));
}

Table table_of(const google::protobuf::RepeatedPtrField<ApiKey>& keys) {
  Table table{{"key_id", "name", "role", "applications", "created_at", "revoked_at"}, {}};
  for (const ApiKey& key : keys) {
    table.rows.push_back({std::to_string(key.key_id()), key.name(), role_text(key),
                          applications_text(key), format_time(key.created_at()),
                          format_time(key.revoked_at())});
  }
  return table;
}

absl::Status create(Run& run, const KeyOptions& options) {
  registry::v1::CreateApiKeyRequest request;
  request.set_name(options.name);
  if (!options.role.empty()) request.set_role(kRoles.at(options.role));
  request.mutable_application_names()->Assign(options.apps.begin(), options.apps.end());
  MILLRACE_ASSIGN_OR_RETURN(const auto created,
                            run.session.ask_registry<registry::v1::CreateApiKeyResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.CreateApiKey(&context, request, &response);
                                }));
  const ApiKey& made = created.metadata();
  return run.output.print(created,
                          Table{{"key_id", "name", "role", "applications", "key"},
                                {{std::to_string(made.key_id()), made.name(), role_text(made),
                                  applications_text(made), created.key()}}});
}

absl::Status list(Run& run) {
  MILLRACE_ASSIGN_OR_RETURN(const auto all,
                            run.session.ask_registry<registry::v1::ListApiKeysResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.ListApiKeys(&context, {}, &response);
                                }));
  return run.output.print(all, table_of(all.api_keys()));
}

absl::Status revoke(Run& run, const KeyOptions& options) {
  registry::v1::RevokeApiKeyRequest request;
  request.set_key_id(options.key_id);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto key,
      run.session.ask_registry<ApiKey>([&](auto& stub, auto& context, auto& response) {
        return stub.RevokeApiKey(&context, request, &response);
      }));
  google::protobuf::RepeatedPtrField<ApiKey> one;
  *one.Add() = key;
  return run.output.print(key, table_of(one));
}

absl::Status show(Run& run) {
  MILLRACE_ASSIGN_OR_RETURN(const auto key, run.session.ask_registry<ApiKey>(
                                                [](auto& stub, auto& context, auto& response) {
                                                  return stub.GetOwnApiKey(&context, {}, &response);
                                                }));
  google::protobuf::RepeatedPtrField<ApiKey> one;
  *one.Add() = key;
  return run.output.print(key, table_of(one));
}

}  // namespace

void add_key_commands(Commands& commands) {
  CLI::App& noun = *commands.root.add_subcommand("key", "API keys, for people and programs");
  noun.require_subcommand(1);
  const auto options = std::make_shared<KeyOptions>();

  CLI::App& create_verb = *noun.add_subcommand("create", "Makes a key, which is shown this once");
  create_verb.add_option("NAME", options->name, "What it is for")->required();
  create_verb
      .add_option("--role", options->role,
                  "reader: reads; operator: changes applications, too; admin: makes applications "
                  "and keys, too. Default: admin, with --app reader")
      ->check(CLI::IsMember({"reader", "operator", "admin"}));
  create_verb
      .add_option("--app", options->apps,
                  "Binds the key to this application, may be repeated; others do not exist for it")
      ->allow_extra_args(false);
  create_verb.footer(
      "Role and applications of a key never change: make another one.\n\n"
      "Example:\n  millrace key create 'dashboard in hall 3' --role reader --app hall-3");
  create_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return create(run, *options); };
  });

  CLI::App& list_verb = *noun.add_subcommand("list", "Lists all keys, never the keys themselves");
  list_verb.footer("Example:\n  millrace key list");
  list_verb.callback([&commands] { commands.command = list; });

  CLI::App& show_verb = *noun.add_subcommand(
      "show", "Shows which key this command has, and what it may do; never the key itself");
  show_verb.footer("Example:\n  millrace key show --key-file reader.key");
  show_verb.callback([&commands] { commands.command = show; });

  CLI::App& revoke_verb = *noun.add_subcommand("revoke", "Refuses a key for ever");
  revoke_verb.add_option("KEY_ID", options->key_id, "The key's number, as key list has it")
      ->required()
      ->check(CLI::PositiveNumber);
  revoke_verb.footer("Example:\n  millrace key revoke 2");
  revoke_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return revoke(run, *options); };
  });
}

}  // namespace millrace::cli
