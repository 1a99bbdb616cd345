// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/document.h"
#include "cli/registry_pages.h"
#include "cli/session.h"
#include "cli/token_table.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"
#include "lib/tls/certificate_name.h"

namespace millrace::cli {
namespace {

using registry::v1::ClientCredentials;

// Longer than any password may be, and its newline.
constexpr std::size_t kMaxPasswordFileBytes = 1024;

struct CredentialsOptions {
  std::string user_name;
  std::string password_file;
  std::string certificate_file;
  std::string issuer;
  std::string serial_number;
  std::string search;
  std::string state;
  std::int64_t credentials_id = 0;
};

Table table_of(const google::protobuf::RepeatedPtrField<ClientCredentials>& all) {
  Table table{{"credentials_id", "user_name", "issuer", "serial_number", "state", "created_at",
               "last_used_at"},
              {}};
  for (const ClientCredentials& one : all) {
    table.rows.push_back({std::to_string(one.credentials_id()), one.user_name(),
                          one.certificate().issuer(), one.certificate().serial_number(),
                          word(one.state()), format_time(one.created_at()),
                          format_time(one.last_used_at())});
  }
  return table;
}

Table table_of(const ClientCredentials& credentials) {
  google::protobuf::RepeatedPtrField<ClientCredentials> one;
  *one.Add() = credentials;
  return table_of(one);
}

absl::Status set_certificate(const CredentialsOptions& options,
                             identity::v1::ClientCertificate& certificate) {
  if (options.certificate_file.empty()) {
    certificate.set_issuer(options.issuer);
    certificate.set_serial_number(options.serial_number);
    return absl::OkStatus();
  }
  MILLRACE_ASSIGN_OR_RETURN(const tls::CertificateName name,
                            tls::read_certificate_name(options.certificate_file));
  certificate.set_issuer(name.issuer);
  certificate.set_serial_number(name.serial_number);
  return absl::OkStatus();
}

absl::StatusOr<std::string> read_password(Run& run, const std::string& path) {
  MILLRACE_ASSIGN_OR_RETURN(std::string password,
                            read_document(path, run.in, kMaxPasswordFileBytes));
  // As editors and echo leave them.
  if (password.ends_with('\n')) password.pop_back();
  if (password.ends_with('\r')) password.pop_back();
  if (!password.empty()) return password;
  return absl::InvalidArgumentError(
      fmt::format("cannot use {}: it is empty; it must hold the password", document_name(path)));
}

absl::StatusOr<registry::v1::CreateClientCredentialsRequest> request_of(
    Run& run, const CredentialsOptions& options) {
  const bool is_certificate = !options.certificate_file.empty() || !options.issuer.empty();
  if (options.user_name.empty() != is_certificate) {
    return wrong_usage(
        "which credentials? Give either a USER_NAME, or --certificate-file, or --issuer and "
        "--serial-number");
  }
  registry::v1::CreateClientCredentialsRequest request;
  if (is_certificate) {
    MILLRACE_RETURN_IF_ERROR(set_certificate(options, *request.mutable_certificate()));
    return request;
  }
  request.mutable_basic()->set_user_name(options.user_name);
  if (!options.password_file.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(*request.mutable_basic()->mutable_password(),
                              read_password(run, options.password_file));
  }
  return request;
}

absl::Status create(Run& run, const CredentialsOptions& options) {
  MILLRACE_ASSIGN_OR_RETURN(const auto request, request_of(run, options));
  MILLRACE_ASSIGN_OR_RETURN(const auto created,
                            run.session.ask_registry<registry::v1::CreateClientCredentialsResponse>(
                                [&](auto& stub, auto& context, auto& response) {
                                  return stub.CreateClientCredentials(&context, request, &response);
                                }));
  const ClientCredentials& made = created.metadata();
  const std::string id = std::to_string(made.credentials_id());
  if (made.has_certificate()) {
    return run.output.print(
        created, Table{{"credentials_id", "issuer", "serial_number"},
                       {{id, made.certificate().issuer(), made.certificate().serial_number()}}});
  }
  return run.output.print(created, Table{{"credentials_id", "user_name", "password"},
                                         {{id, made.user_name(), created.password()}}});
}

absl::Status list(Run& run, const CredentialsOptions& options) {
  registry::v1::ListClientCredentialsRequest request;
  request.set_search(options.search);
  if (!options.state.empty()) request.set_state(token_states().at(options.state));
  MILLRACE_ASSIGN_OR_RETURN(
      const auto all,
      all_pages(run.session, request, &registry::v1::Registry::Stub::ListClientCredentials));
  return run.output.print(all, table_of(all.client_credentials()));
}

absl::Status set_state(Run& run, const CredentialsOptions& options,
                       registry::v1::TokenState state) {
  registry::v1::SetClientCredentialsStateRequest request;
  request.set_credentials_id(options.credentials_id);
  request.set_state(state);
  MILLRACE_ASSIGN_OR_RETURN(
      const auto credentials,
      run.session.ask_registry<ClientCredentials>([&](auto& stub, auto& context, auto& response) {
        return stub.SetClientCredentialsState(&context, request, &response);
      }));
  return run.output.print(credentials, table_of(credentials));
}

struct Verb {
  const char* name;
  const char* help;
  registry::v1::TokenState state;
};

constexpr Verb kVerbs[] = {
    {"suspend", "Refuses credentials until they are activated again, and cuts their sessions",
     registry::v1::TOKEN_STATE_SUSPENDED},
    {"activate", "Accepts suspended credentials again", registry::v1::TOKEN_STATE_ACTIVE},
    {"revoke", "Refuses credentials for ever, and cuts their sessions",
     registry::v1::TOKEN_STATE_REVOKED},
};

void add_create_verb(Commands& commands, CLI::App& noun,
                     const std::shared_ptr<CredentialsOptions>& options) {
  CLI::App& verb = *noun.add_subcommand(
      "create",
      "Makes credentials: a user name with its password, which is shown this once, or a "
      "certificate's");
  verb.add_option("USER_NAME", options->user_name, "What the client sends in CONNECT");
  verb.add_option("--password-file", options->password_file,
                  "File with the password (-: standard input); 24 random letters and digits "
                  "otherwise");
  verb.add_option("--certificate-file", options->certificate_file,
                  "PEM file with the client's certificate; only its names go to the registry");
  CLI::Option& issuer = *verb.add_option(
      "--issuer", options->issuer,
      "The certificate's issuer, as openssl x509 -noout -issuer -nameopt RFC2253 prints it");
  CLI::Option& number = *verb.add_option("--serial-number", options->serial_number,
                                         "The certificate's serial number in base 10");
  issuer.needs(&number);
  number.needs(&issuer);
  verb.footer(
      "Examples:\n  millrace client-credentials create pump-7\n"
      "  millrace client-credentials create --certificate-file pump-7.crt");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return create(run, *options); };
  });
}

void add_list_verb(Commands& commands, CLI::App& noun,
                   const std::shared_ptr<CredentialsOptions>& options) {
  CLI::App& verb = *noun.add_subcommand("list", "Lists credentials, never a password");
  verb.add_option("--search", options->search,
                  "Only those whose user name, issuer or serial number contains this");
  verb.add_option("--state", options->state, "Only those in this state")
      ->check(CLI::IsMember(token_states()));
  verb.footer("Example:\n  millrace client-credentials list --search pump --state suspended");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return list(run, *options); };
  });
}

}  // namespace

void add_client_credentials_commands(Commands& commands) {
  CLI::App& noun = *commands.root.add_subcommand(
      "client-credentials", "Who may connect over MQTT, where client-authentication asks for it");
  noun.require_subcommand(1);
  const auto options = std::make_shared<CredentialsOptions>();
  add_create_verb(commands, noun, options);
  add_list_verb(commands, noun, options);
  for (const Verb& verb : kVerbs) {
    CLI::App& app = *noun.add_subcommand(verb.name, verb.help);
    app.add_option("CREDENTIALS_ID", options->credentials_id,
                   "Their number, as client-credentials list has it")
        ->required()
        ->check(CLI::PositiveNumber);
    app.footer(fmt::format("Example:\n  millrace client-credentials {} 17", verb.name));
    app.callback([&commands, options, state = verb.state] {
      commands.command = [options, state](Run& run) { return set_state(run, *options, state); };
    });
  }
}

}  // namespace millrace::cli
