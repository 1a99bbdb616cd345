// SPDX-License-Identifier: Apache-2.0
#include "lib/error/error.h"
#include "registry/field_rules.h"
#include "registry/paging.h"
#include "registry/registry_handler.h"

namespace millrace::registry {
namespace {

// What is not given is 0 or empty, which is allowed.
template <class Request>
absl::Status check_fields(const Request& request) {
  MILLRACE_RETURN_IF_ERROR(check_display_name("display_name", request.display_name()));
  MILLRACE_RETURN_IF_ERROR(
      check_upload_rate("max_uploads_per_second", request.max_uploads_per_second()));
  return check_upload_burst("max_upload_burst", request.max_upload_burst());
}

bool changes_upload_rules(const v1::UpdateApplicationRequest& request) {
  return request.has_max_uploads_per_second() || request.has_max_upload_burst() ||
         request.has_relaxed_resource_paths();
}

}  // namespace

RegistryHandler::RegistryHandler(const HandlerParts& parts)
    : applications_(parts.pool),
      rules_(parts.pool),
      versions_(parts.pool),
      endpoints_(parts.pool),
      tokens_(parts.pool),
      dashboards_(parts.pool),
      keys_(parts.pool),
      client_credentials_(parts.pool),
      client_authentication_(parts.pool),
      events_(parts.events),
      verifier_(parts.verifier),
      log_(parts.platform.log),
      calls_(parts.platform, parts.verifier) {}

grpc::Status RegistryHandler::run(grpc::ServerContext& context, const std::string& method,
                                  rpc::Role role,
                                  const std::function<absl::Status(const rpc::Caller&)>& handler) {
  return calls_.run(context, method, [&](const rpc::Caller& caller) -> absl::Status {
    MILLRACE_RETURN_IF_ERROR(rpc::require(caller, role));
    return handler(caller);
  });
}

absl::StatusOr<Scope> RegistryHandler::scope_of_list(const rpc::Caller& caller,
                                                     const std::string& application_name) {
  if (application_name.empty()) return Scope(caller);
  MILLRACE_RETURN_IF_ERROR(check_application(caller, "application_name", application_name));
  MILLRACE_RETURN_IF_ERROR(applications_.get(application_name).status());
  return Scope::of(application_name);
}

grpc::Status RegistryHandler::CreateApplication(grpc::ServerContext* context,
                                                const v1::CreateApplicationRequest* request,
                                                v1::Application* response) {
  return run(
      *context, "CreateApplication", rpc::Role::kAdmin,
      [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(check_name("name", request->name()));
        MILLRACE_RETURN_IF_ERROR(check_fields(*request));
        MILLRACE_ASSIGN_OR_RETURN(*response, applications_.create(*request, {caller.key_name, ""}));
        log_.info("application created", {{"application", response->name()},
                                          {"auto_extract", response->auto_extract()},
                                          {"by_key", caller.key_name}});
        // Lost: nobody knows the application yet.
        (void)events_.configuration_changed(response->name());
        return absl::OkStatus();
      });
}

grpc::Status RegistryHandler::GetApplication(grpc::ServerContext* context,
                                             const v1::GetApplicationRequest* request,
                                             v1::Application* response) {
  return run(*context, "GetApplication", rpc::Role::kReader,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_RETURN_IF_ERROR(check_application(caller, "name", request->name()));
               MILLRACE_ASSIGN_OR_RETURN(*response, applications_.get(request->name()));
               return absl::OkStatus();
             });
}

grpc::Status RegistryHandler::ListApplications(grpc::ServerContext* context,
                                               const v1::ListApplicationsRequest* request,
                                               v1::ListApplicationsResponse* response) {
  return run(
      *context, "ListApplications", rpc::Role::kReader,
      [&](const rpc::Caller& caller) -> absl::Status {
        const PageScope scope{"ListApplications", ""};
        MILLRACE_ASSIGN_OR_RETURN(const Page page, page_of(*request, scope));
        MILLRACE_ASSIGN_OR_RETURN(auto applications, applications_.list(Scope(caller), page));
        response->set_next_page_token(
            cut_to_page(applications, page, scope, [](const auto& entry) { return entry.name(); }));
        response->mutable_applications()->Assign(applications.begin(), applications.end());
        return absl::OkStatus();
      });
}

grpc::Status RegistryHandler::UpdateApplication(grpc::ServerContext* context,
                                                const v1::UpdateApplicationRequest* request,
                                                v1::Application* response) {
  return run(
      *context, "UpdateApplication", rpc::Role::kOperator,
      [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(check_application(caller, "name", request->name()));
        MILLRACE_RETURN_IF_ERROR(check_fields(*request));
        MILLRACE_ASSIGN_OR_RETURN(*response, applications_.update(*request, {caller.key_name, ""}));
        log_.info("application updated",
                  {{"application", response->name()},
                   {"auto_extract", response->auto_extract()},
                   {"rules_version", response->rules_version()},
                   {"max_uploads_per_second", response->max_uploads_per_second()},
                   {"max_upload_burst", response->max_upload_burst()},
                   {"relaxed_resource_paths", response->relaxed_resource_paths()},
                   {"by_key", caller.key_name}});
        // Also when the rules are what they were: the call may be repeated because the event was
        // lost.
        absl::Status told;
        if (request->has_auto_extract()) told = events_.configuration_changed(response->name());
        if (changes_upload_rules(*request)) {
          told.Update(events_.application_updated(response->name()));
        }
        return told;
      });
}

grpc::Status RegistryHandler::CreateAppVersion(grpc::ServerContext* context,
                                               const v1::CreateAppVersionRequest* request,
                                               v1::AppVersion* response) {
  return run(*context, "CreateAppVersion", rpc::Role::kOperator,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_RETURN_IF_ERROR(
                   check_application(caller, "application_name", request->application_name()));
               MILLRACE_RETURN_IF_ERROR(check_name("name", request->name()));
               MILLRACE_ASSIGN_OR_RETURN(*response, versions_.create(*request));
               log_.info("application version created",
                         {{"application", response->application_name()},
                          {"app_version", response->name()},
                          {"by_key", caller.key_name}});
               return absl::OkStatus();
             });
}

grpc::Status RegistryHandler::ListAppVersions(grpc::ServerContext* context,
                                              const v1::ListAppVersionsRequest* request,
                                              v1::ListAppVersionsResponse* response) {
  return run(*context, "ListAppVersions", rpc::Role::kReader,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const Scope shown,
                                         scope_of_list(caller, request->application_name()));
               const PageScope scope{"ListAppVersions", request->application_name()};
               MILLRACE_ASSIGN_OR_RETURN(const Page page, page_of(*request, scope));
               MILLRACE_ASSIGN_OR_RETURN(auto versions, versions_.list(shown, page));
               response->set_next_page_token(cut_to_page(
                   versions, page, scope, [](const auto& entry) { return entry.name(); }));
               response->mutable_app_versions()->Assign(versions.begin(), versions.end());
               return absl::OkStatus();
             });
}

}  // namespace millrace::registry
