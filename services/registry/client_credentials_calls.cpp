// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/registry_client/client_authentication.h"
#include "registry/client_credentials_rules.h"
#include "registry/field_rules.h"
#include "registry/paging.h"
#include "registry/registry_handler.h"
#include "registry/token.h"

namespace millrace::registry {
namespace {

PageScope page_scope_of(const v1::ListClientCredentialsRequest& request) {
  return {"ListClientCredentials",
          fmt::format("{}\n{}", static_cast<int>(request.state()), request.search())};
}

// "tls: password and certificate, websocket: password", or "nothing".
std::string text_of(const identity::v1::ClientAuthentication& rules) {
  std::string text;
  for (const identity::v1::TransportAuthentication& entry : rules.transports()) {
    if (!entry.password_required() && !entry.certificate_required()) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{}: {}{}{}", identity::v1::ClientTransport_Name(entry.transport()),
                        entry.password_required() ? "password" : "",
                        entry.password_required() && entry.certificate_required() ? " and " : "",
                        entry.certificate_required() ? "certificate" : "");
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace

absl::StatusOr<v1::ClientCredentials> RegistryHandler::create_credentials(
    const v1::CreateClientCredentialsRequest& request, std::string& password) {
  switch (request.kind_case()) {
    case v1::CreateClientCredentialsRequest::kBasic: {
      const v1::BasicCredentials& basic = request.basic();
      MILLRACE_RETURN_IF_ERROR(check_user_name("basic.user_name", basic.user_name()));
      password = basic.password().empty() ? generate_password() : basic.password();
      MILLRACE_RETURN_IF_ERROR(check_password("basic.password", password));
      const std::string digest = registry_client::password_digest(basic.user_name(), password);
      return client_credentials_.create(basic.user_name(), store_password(digest));
    }
    case v1::CreateClientCredentialsRequest::kCertificate:
      MILLRACE_RETURN_IF_ERROR(check_certificate("certificate", request.certificate()));
      return client_credentials_.create(request.certificate());
    default:
      return absl::InvalidArgumentError(
          "cannot tell which credentials to create: set field basic or certificate");
  }
}

grpc::Status RegistryHandler::CreateClientCredentials(
    grpc::ServerContext* context, const v1::CreateClientCredentialsRequest* request,
    v1::CreateClientCredentialsResponse* response) {
  return run(*context, "CreateClientCredentials", rpc::Role::kAdmin,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(
                   *response->mutable_metadata(),
                   create_credentials(*request, *response->mutable_password()));
               const v1::ClientCredentials& made = response->metadata();
               log_.info("client credentials created",
                         {{"credentials_id", made.credentials_id()},
                          {"user_name", made.user_name()},
                          {"issuer", made.certificate().issuer()},
                          {"serial_number", made.certificate().serial_number()},
                          {"by_key", caller.key_name}});
               // Lost: a refusal that is cached somewhere expires within seconds.
               (void)events_.credentials_changed(made);
               return absl::OkStatus();
             });
}

grpc::Status RegistryHandler::ListClientCredentials(grpc::ServerContext* context,
                                                    const v1::ListClientCredentialsRequest* request,
                                                    v1::ListClientCredentialsResponse* response) {
  return run(*context, "ListClientCredentials", rpc::Role::kAdmin,
             [&](const rpc::Caller&) -> absl::Status {
               MILLRACE_RETURN_IF_ERROR(check_search("search", request->search()));
               MILLRACE_RETURN_IF_ERROR(check_listed_state("state", request->state()));
               const PageScope scope = page_scope_of(*request);
               MILLRACE_ASSIGN_OR_RETURN(const Page page, page_of(*request, scope));
               MILLRACE_ASSIGN_OR_RETURN(
                   auto all, client_credentials_.list({request->search(), request->state()}, page));
               response->set_next_page_token(cut_to_page(all, page, scope, [](const auto& entry) {
                 return std::to_string(entry.credentials_id());
               }));
               response->mutable_client_credentials()->Assign(all.begin(), all.end());
               return absl::OkStatus();
             });
}

grpc::Status RegistryHandler::SetClientCredentialsState(
    grpc::ServerContext* context, const v1::SetClientCredentialsStateRequest* request,
    v1::ClientCredentials* response) {
  return run(*context, "SetClientCredentialsState", rpc::Role::kAdmin,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_RETURN_IF_ERROR(check_wanted_state("state", request->state()));
               MILLRACE_RETURN_IF_ERROR(check_id("credentials_id", request->credentials_id()));
               MILLRACE_ASSIGN_OR_RETURN(
                   *response,
                   client_credentials_.set_state(request->credentials_id(), request->state()));
               log_.info("client credentials state set",
                         {{"credentials_id", response->credentials_id()},
                          {"user_name", response->user_name()},
                          {"issuer", response->certificate().issuer()},
                          {"serial_number", response->certificate().serial_number()},
                          {"state", name_of(response->state())},
                          {"by_key", caller.key_name}});
               return events_.credentials_changed(*response);
             });
}

grpc::Status RegistryHandler::GetClientAuthentication(grpc::ServerContext* context,
                                                      const v1::GetClientAuthenticationRequest*,
                                                      v1::ClientAuthentication* response) {
  return run(*context, "GetClientAuthentication", rpc::Role::kAdmin,
             [&](const rpc::Caller&) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(*response, client_authentication_.get());
               return absl::OkStatus();
             });
}

grpc::Status RegistryHandler::UpdateClientAuthentication(
    grpc::ServerContext* context, const v1::UpdateClientAuthenticationRequest* request,
    v1::ClientAuthentication* response) {
  return run(
      *context, "UpdateClientAuthentication", rpc::Role::kAdmin,
      [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(check_transports(*request));
        MILLRACE_RETURN_IF_ERROR(check_version("expected_version", request->expected_version()));
        MILLRACE_ASSIGN_OR_RETURN(*response,
                                  client_authentication_.update(*request, caller.key_name));
        log_.info("client authentication updated", {{"required", text_of(response->rules())},
                                                    {"version", response->rules().version()},
                                                    {"by_key", caller.key_name}});
        // Also when the rules are what they were: the call may be repeated because the event
        // was lost.
        return events_.authentication_changed(response->rules().version());
      });
}

}  // namespace millrace::registry
