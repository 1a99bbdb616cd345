// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/field_rules.h"
#include "registry/paging.h"
#include "registry/random.h"
#include "registry/registry_handler.h"
#include "registry/token.h"

namespace millrace::registry {
namespace {

// Without a filter it is what programs of before there were filters make and take.
PageScope page_scope_of(const v1::ListEndpointsRequest& request) {
  std::string filter = request.application_name();
  if (!request.search().empty() || !request.app_version_name().empty() ||
      request.token_state() != v1::TOKEN_STATE_UNSPECIFIED) {
    // No part can hold a line break.
    filter = fmt::format("{}\n{}\n{}\n{}", filter, request.search(), request.app_version_name(),
                         static_cast<int>(request.token_state()));
  }
  return {"ListEndpoints", filter};
}

absl::Status check_quota(const v1::SetEndpointQuotaRequest& request) {
  MILLRACE_RETURN_IF_ERROR(check_endpoint_id("endpoint_id", request.endpoint_id()));
  MILLRACE_RETURN_IF_ERROR(
      check_upload_rate("max_uploads_per_second", request.max_uploads_per_second()));
  if (!request.has_max_uploads_per_second() && request.max_upload_burst() != 0) {
    return absl::InvalidArgumentError(
        fmt::format("cannot use field max_upload_burst {}: set max_uploads_per_second too",
                    request.max_upload_burst()));
  }
  return check_upload_burst("max_upload_burst", request.max_upload_burst());
}

}  // namespace

grpc::Status RegistryHandler::CreateEndpoint(grpc::ServerContext* context,
                                             const v1::CreateEndpointRequest* request,
                                             v1::CreateEndpointResponse* response) {
  return run(
      *context, "CreateEndpoint", rpc::Role::kOperator,
      [&](const rpc::Caller& caller) -> absl::Status {
        const std::string id =
            request->endpoint_id().empty() ? random_uuid() : request->endpoint_id();
        const std::string token = request->token().empty() ? generate_token() : request->token();
        MILLRACE_RETURN_IF_ERROR(check_name("app_version_name", request->app_version_name()));
        MILLRACE_RETURN_IF_ERROR(check_endpoint_id("endpoint_id", id));
        MILLRACE_RETURN_IF_ERROR(check_token("token", token));
        MILLRACE_ASSIGN_OR_RETURN(*response->mutable_endpoint(),
                                  endpoints_.create(Scope(caller), {request->app_version_name(), id,
                                                                    rpc::sha256(token)}));
        response->set_token(token);
        const v1::Endpoint& endpoint = response->endpoint();
        log_.info("endpoint created", {{"endpoint_id", id},
                                       {"application", endpoint.application_name()},
                                       {"app_version", endpoint.app_version_name()},
                                       {"token_id", endpoint.tokens(0).token_id()},
                                       {"by_key", caller.key_name}});
        // Lost: a refusal of this token that was cached before it existed expires within seconds.
        (void)events_.token_changed({endpoint.tokens(0), endpoint.application_name()});
        return absl::OkStatus();
      });
}

grpc::Status RegistryHandler::GetEndpoint(grpc::ServerContext* context,
                                          const v1::GetEndpointRequest* request,
                                          v1::Endpoint* response) {
  return run(
      *context, "GetEndpoint", rpc::Role::kReader, [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(check_endpoint_id("endpoint_id", request->endpoint_id()));
        MILLRACE_ASSIGN_OR_RETURN(*response, endpoints_.get(Scope(caller), request->endpoint_id()));
        return absl::OkStatus();
      });
}

absl::StatusOr<EndpointFilter> RegistryHandler::filter_of(const rpc::Caller& caller,
                                                          const v1::ListEndpointsRequest& request) {
  MILLRACE_RETURN_IF_ERROR(check_search("search", request.search()));
  MILLRACE_RETURN_IF_ERROR(check_listed_state("token_state", request.token_state()));
  EndpointFilter filter;
  filter.search = request.search();
  filter.token_state = request.token_state();
  MILLRACE_ASSIGN_OR_RETURN(filter.scope, scope_of_list(caller, request.application_name()));
  if (request.app_version_name().empty()) return filter;
  MILLRACE_RETURN_IF_ERROR(check_name("app_version_name", request.app_version_name()));
  MILLRACE_ASSIGN_OR_RETURN(const v1::AppVersion version,
                            versions_.get(filter.scope, request.app_version_name()));
  filter.app_version_name = version.name();
  // No other application has endpoints of it.
  filter.scope = Scope::of(version.application_name());
  return filter;
}

grpc::Status RegistryHandler::ListEndpoints(grpc::ServerContext* context,
                                            const v1::ListEndpointsRequest* request,
                                            v1::ListEndpointsResponse* response) {
  return run(*context, "ListEndpoints", rpc::Role::kReader,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const EndpointFilter filter, filter_of(caller, *request));
               const PageScope scope = page_scope_of(*request);
               MILLRACE_ASSIGN_OR_RETURN(const Page page, page_of(*request, scope));
               MILLRACE_ASSIGN_OR_RETURN(auto endpoints, endpoints_.list(filter, page));
               response->set_next_page_token(cut_to_page(
                   endpoints, page, scope, [](const auto& entry) { return entry.endpoint_id(); }));
               response->mutable_endpoints()->Assign(endpoints.begin(), endpoints.end());
               if (!request->page_token().empty()) return absl::OkStatus();
               const bool is_all = response->next_page_token().empty();
               MILLRACE_ASSIGN_OR_RETURN(
                   const std::int32_t total,
                   is_all ? absl::StatusOr<std::int32_t>(response->endpoints_size())
                          : endpoints_.count(filter));
               response->set_total(total);
               return absl::OkStatus();
             });
}

grpc::Status RegistryHandler::SetEndpointQuota(grpc::ServerContext* context,
                                               const v1::SetEndpointQuotaRequest* request,
                                               v1::Endpoint* response) {
  return run(*context, "SetEndpointQuota", rpc::Role::kOperator,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_RETURN_IF_ERROR(check_quota(*request));
               MILLRACE_ASSIGN_OR_RETURN(*response, endpoints_.set_quota(Scope(caller), *request));
               log_.info("endpoint quota set",
                         {{"endpoint_id", response->endpoint_id()},
                          {"application", response->application_name()},
                          {"is_its_own", response->has_max_uploads_per_second()},
                          {"max_uploads_per_second", response->max_uploads_per_second()},
                          {"max_upload_burst", response->max_upload_burst()},
                          {"by_key", caller.key_name}});
               std::vector<std::int64_t> token_ids;
               for (const v1::Token& token : response->tokens())
                 token_ids.push_back(token.token_id());
               return events_.application_updated(response->application_name(), token_ids);
             });
}

grpc::Status RegistryHandler::CreateToken(grpc::ServerContext* context,
                                          const v1::CreateTokenRequest* request,
                                          v1::CreateTokenResponse* response) {
  return run(*context, "CreateToken", rpc::Role::kOperator,
             [&](const rpc::Caller& caller) -> absl::Status {
               const std::string token =
                   request->token().empty() ? generate_token() : request->token();
               MILLRACE_RETURN_IF_ERROR(check_endpoint_id("endpoint_id", request->endpoint_id()));
               MILLRACE_RETURN_IF_ERROR(check_token("token", token));
               MILLRACE_ASSIGN_OR_RETURN(
                   const OwnedToken owned,
                   tokens_.create(Scope(caller), request->endpoint_id(), rpc::sha256(token)));
               *response->mutable_metadata() = owned.token;
               response->set_token(token);
               log_.info("token created", {{"endpoint_id", request->endpoint_id()},
                                           {"application", owned.application_name},
                                           {"token_id", owned.token.token_id()},
                                           {"by_key", caller.key_name}});
               (void)events_.token_changed(owned);  // as in CreateEndpoint
               return absl::OkStatus();
             });
}

absl::StatusOr<std::int64_t> RegistryHandler::token_id_of(const rpc::Caller& caller,
                                                          const v1::SetTokenStateRequest& request) {
  switch (request.which_case()) {
    case v1::SetTokenStateRequest::kTokenId:
      MILLRACE_RETURN_IF_ERROR(check_id("token_id", request.token_id()));
      return request.token_id();
    case v1::SetTokenStateRequest::kToken:
      MILLRACE_RETURN_IF_ERROR(
          check_application(caller, "token.application_name", request.token().application_name()));
      MILLRACE_RETURN_IF_ERROR(check_token("token.token", request.token().token()));
      return tokens_.id_of(request.token().application_name(),
                           rpc::sha256(request.token().token()));
    default:
      return absl::InvalidArgumentError("cannot tell which token: set field token_id or token");
  }
}

grpc::Status RegistryHandler::SetTokenState(grpc::ServerContext* context,
                                            const v1::SetTokenStateRequest* request,
                                            v1::Token* response) {
  return run(
      *context, "SetTokenState", rpc::Role::kOperator,
      [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(check_wanted_state("state", request->state()));
        MILLRACE_ASSIGN_OR_RETURN(const std::int64_t token_id, token_id_of(caller, *request));
        MILLRACE_ASSIGN_OR_RETURN(const OwnedToken owned,
                                  tokens_.set_state(Scope(caller), token_id, request->state()));
        *response = owned.token;
        log_.info("token state set", {{"token_id", token_id},
                                      {"endpoint_id", owned.token.endpoint_id()},
                                      {"application", owned.application_name},
                                      {"state", name_of(owned.token.state())},
                                      {"by_key", caller.key_name}});
        return events_.token_changed(owned);
      });
}

}  // namespace millrace::registry
