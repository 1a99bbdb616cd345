// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using registry::v1::ApiKey;

struct KeyOptions {
  std::string name;
  std::int64_t key_id = 0;
};

Table table_of(const google::protobuf::RepeatedPtrField<ApiKey>& keys) {
  Table table{{"key_id", "name", "created_at", "revoked_at"}, {}};
  for (const ApiKey& key : keys) {
    table.rows.push_back({std::to_string(key.key_id()), key.name(), format_time(key.created_at()),
                          format_time(key.revoked_at())});
  }
  return table;
}

absl::Status create(Run& run, const KeyOptions& options) {
  registry::v1::CreateApiKeyRequest request;
  request.set_name(options.name);
  MILLRACE_ASSIGN_OR_RETURN(const auto created,
                            run.session.ask_registry<registry::v1::CreateApiKeyResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.CreateApiKey(&context, request, &response);
                                }));
  return run.output.print(created, Table{{"key_id", "name", "key"},
                                         {{std::to_string(created.metadata().key_id()),
                                           created.metadata().name(), created.key()}}});
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

}  // namespace

void add_key_commands(Commands& commands) {
  CLI::App& noun = *commands.root.add_subcommand("key", "API keys, for people and programs");
  noun.require_subcommand(1);
  const auto options = std::make_shared<KeyOptions>();

  CLI::App& create_verb = *noun.add_subcommand("create", "Makes a key, which is shown this once");
  create_verb.add_option("NAME", options->name, "What it is for")->required();
  create_verb.footer("Example:\n  millrace key create 'dashboard in hall 3'");
  create_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return create(run, *options); };
  });

  CLI::App& list_verb = *noun.add_subcommand("list", "Lists all keys, never the keys themselves");
  list_verb.footer("Example:\n  millrace key list");
  list_verb.callback([&commands] { commands.command = list; });

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
