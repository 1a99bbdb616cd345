// SPDX-License-Identifier: Apache-2.0
//
// The gRPC methods of proto/millrace/registry/v1/registry.proto: check the request, ask a store,
// tell the other services what changed, answer. Every change is logged with the name of the
// caller's key.
#pragma once

#include <functional>
#include <string>

#include "lib/rpc/server.h"
#include "registry/app_version_store.h"
#include "registry/application_store.h"
#include "registry/client_authentication_store.h"
#include "registry/client_credentials_store.h"
#include "registry/dashboard_store.h"
#include "registry/endpoint_store.h"
#include "registry/events.h"
#include "registry/key_store.h"
#include "registry/key_verifier.h"
#include "registry/scope.h"
#include "registry/series_rules_store.h"
#include "registry/token_store.h"

#include "millrace/registry/v1/registry.grpc.pb.h"

namespace millrace::registry {

// What the handler works with; all of it outlives the handler.
struct HandlerParts {
  postgres::Pool& pool;
  Events& events;
  OwnKeyVerifier& verifier;
  process::Platform& platform;
};

// Called by gRPC from many threads.
class RegistryHandler final : public v1::Registry::Service {
 public:
  explicit RegistryHandler(const HandlerParts& parts);

  // application_calls.cpp
  grpc::Status CreateApplication(grpc::ServerContext* context,
                                 const v1::CreateApplicationRequest* request,
                                 v1::Application* response) override;
  grpc::Status GetApplication(grpc::ServerContext* context,
                              const v1::GetApplicationRequest* request,
                              v1::Application* response) override;
  grpc::Status ListApplications(grpc::ServerContext* context,
                                const v1::ListApplicationsRequest* request,
                                v1::ListApplicationsResponse* response) override;
  grpc::Status UpdateApplication(grpc::ServerContext* context,
                                 const v1::UpdateApplicationRequest* request,
                                 v1::Application* response) override;
  grpc::Status CreateAppVersion(grpc::ServerContext* context,
                                const v1::CreateAppVersionRequest* request,
                                v1::AppVersion* response) override;
  grpc::Status ListAppVersions(grpc::ServerContext* context,
                               const v1::ListAppVersionsRequest* request,
                               v1::ListAppVersionsResponse* response) override;

  // series_rules_calls.cpp
  grpc::Status ApplySeriesRules(grpc::ServerContext* context,
                                const v1::ApplySeriesRulesRequest* request,
                                v1::SeriesRulesVersion* response) override;
  grpc::Status GetSeriesRules(grpc::ServerContext* context,
                              const v1::GetSeriesRulesRequest* request,
                              v1::SeriesRulesVersion* response) override;
  grpc::Status ListSeriesRulesVersions(grpc::ServerContext* context,
                                       const v1::ListSeriesRulesVersionsRequest* request,
                                       v1::ListSeriesRulesVersionsResponse* response) override;
  grpc::Status DiffSeriesRules(grpc::ServerContext* context,
                               const v1::DiffSeriesRulesRequest* request,
                               v1::DiffSeriesRulesResponse* response) override;

  // endpoint_calls.cpp
  grpc::Status CreateEndpoint(grpc::ServerContext* context,
                              const v1::CreateEndpointRequest* request,
                              v1::CreateEndpointResponse* response) override;
  grpc::Status GetEndpoint(grpc::ServerContext* context, const v1::GetEndpointRequest* request,
                           v1::Endpoint* response) override;
  grpc::Status ListEndpoints(grpc::ServerContext* context, const v1::ListEndpointsRequest* request,
                             v1::ListEndpointsResponse* response) override;
  grpc::Status SetEndpointQuota(grpc::ServerContext* context,
                                const v1::SetEndpointQuotaRequest* request,
                                v1::Endpoint* response) override;
  grpc::Status CreateToken(grpc::ServerContext* context, const v1::CreateTokenRequest* request,
                           v1::CreateTokenResponse* response) override;
  grpc::Status SetTokenState(grpc::ServerContext* context, const v1::SetTokenStateRequest* request,
                             v1::Token* response) override;

  // dashboard_calls.cpp
  grpc::Status CreateDashboard(grpc::ServerContext* context,
                               const v1::CreateDashboardRequest* request,
                               v1::Dashboard* response) override;
  grpc::Status UpdateDashboard(grpc::ServerContext* context,
                               const v1::UpdateDashboardRequest* request,
                               v1::Dashboard* response) override;
  grpc::Status GetDashboard(grpc::ServerContext* context, const v1::GetDashboardRequest* request,
                            v1::Dashboard* response) override;
  grpc::Status ListDashboards(grpc::ServerContext* context,
                              const v1::ListDashboardsRequest* request,
                              v1::ListDashboardsResponse* response) override;
  grpc::Status DeleteDashboard(grpc::ServerContext* context,
                               const v1::DeleteDashboardRequest* request,
                               v1::DeleteDashboardResponse* response) override;

  // key_calls.cpp
  grpc::Status CreateApiKey(grpc::ServerContext* context, const v1::CreateApiKeyRequest* request,
                            v1::CreateApiKeyResponse* response) override;
  grpc::Status ListApiKeys(grpc::ServerContext* context, const v1::ListApiKeysRequest* request,
                           v1::ListApiKeysResponse* response) override;
  grpc::Status RevokeApiKey(grpc::ServerContext* context, const v1::RevokeApiKeyRequest* request,
                            v1::ApiKey* response) override;
  grpc::Status GetOwnApiKey(grpc::ServerContext* context, const v1::GetOwnApiKeyRequest* request,
                            v1::ApiKey* response) override;

  // client_credentials_calls.cpp
  grpc::Status CreateClientCredentials(grpc::ServerContext* context,
                                       const v1::CreateClientCredentialsRequest* request,
                                       v1::CreateClientCredentialsResponse* response) override;
  grpc::Status ListClientCredentials(grpc::ServerContext* context,
                                     const v1::ListClientCredentialsRequest* request,
                                     v1::ListClientCredentialsResponse* response) override;
  grpc::Status SetClientCredentialsState(grpc::ServerContext* context,
                                         const v1::SetClientCredentialsStateRequest* request,
                                         v1::ClientCredentials* response) override;
  grpc::Status GetClientAuthentication(grpc::ServerContext* context,
                                       const v1::GetClientAuthenticationRequest* request,
                                       v1::ClientAuthentication* response) override;
  grpc::Status UpdateClientAuthentication(grpc::ServerContext* context,
                                          const v1::UpdateClientAuthenticationRequest* request,
                                          v1::ClientAuthentication* response) override;

 private:
  // Every method goes through it: `role` is what its caller needs at least. What belongs to which
  // application is the handler's to ask: by check_application() where the request names one, else
  // by the Scope that the stores take.
  grpc::Status run(grpc::ServerContext& context, const std::string& method, rpc::Role role,
                   const std::function<absl::Status(const rpc::Caller&)>& handler);

  // The id of the token a request names, by number or by text.
  absl::StatusOr<std::int64_t> token_id_of(const rpc::Caller& caller,
                                           const v1::SetTokenStateRequest& request);
  // What a list shows that is asked for one application, or for all ("") that the caller may use. A
  // list of nothing is an empty page; a list of an application that does not exist is an error.
  absl::StatusOr<Scope> scope_of_list(const rpc::Caller& caller,
                                      const std::string& application_name);

  // What a list of endpoints has. kNotFound: a version that does not exist there.
  absl::StatusOr<EndpointFilter> filter_of(const rpc::Caller& caller,
                                           const v1::ListEndpointsRequest& request);

  // Sets `password` to the one in clear where there is one.
  absl::StatusOr<v1::ClientCredentials> create_credentials(
      const v1::CreateClientCredentialsRequest& request, std::string& password);

  ApplicationStore applications_;
  SeriesRulesStore rules_;
  AppVersionStore versions_;
  EndpointStore endpoints_;
  TokenStore tokens_;
  DashboardStore dashboards_;
  KeyStore keys_;
  ClientCredentialsStore client_credentials_;
  ClientAuthenticationStore client_authentication_;
  Events& events_;
  OwnKeyVerifier& verifier_;
  log::Logger& log_;
  rpc::Calls calls_;
};

}  // namespace millrace::registry
