// SPDX-License-Identifier: Apache-2.0
#include "lib/error/error.h"
#include "registry/dashboard_rules.h"
#include "registry/field_rules.h"
#include "registry/paging.h"
#include "registry/random.h"
#include "registry/registry_handler.h"

namespace millrace::registry {

grpc::Status RegistryHandler::CreateDashboard(grpc::ServerContext* context,
                                              const v1::CreateDashboardRequest* request,
                                              v1::Dashboard* response) {
  return run(*context, "CreateDashboard", rpc::Role::kOperator,
             [&](const rpc::Caller& caller) -> absl::Status {
               const v1::Dashboard& given = request->dashboard();
               MILLRACE_RETURN_IF_ERROR(check_application(caller, "dashboard.application_name",
                                                          given.application_name()));
               WantedDashboard wanted;
               wanted.dashboard_id = random_uuid();
               wanted.application_name = given.application_name();
               wanted.author = caller.key_name;
               MILLRACE_ASSIGN_OR_RETURN(wanted.dashboard, check_dashboard(given));
               MILLRACE_ASSIGN_OR_RETURN(*response, dashboards_.create(wanted));
               log_.info("dashboard created", {{"dashboard_id", response->dashboard_id()},
                                               {"application", response->application_name()},
                                               {"by_key", caller.key_name}});
               return absl::OkStatus();
             });
}

grpc::Status RegistryHandler::UpdateDashboard(grpc::ServerContext* context,
                                              const v1::UpdateDashboardRequest* request,
                                              v1::Dashboard* response) {
  return run(
      *context, "UpdateDashboard", rpc::Role::kOperator,
      [&](const rpc::Caller& caller) -> absl::Status {
        const v1::Dashboard& given = request->dashboard();
        MILLRACE_RETURN_IF_ERROR(
            check_dashboard_id("dashboard.dashboard_id", given.dashboard_id()));
        MILLRACE_RETURN_IF_ERROR(check_version("expected_version", request->expected_version()));
        // Before what it holds: of one that is closed to the caller nothing is said.
        if (!given.application_name().empty()) {
          MILLRACE_RETURN_IF_ERROR(
              check_name("dashboard.application_name", given.application_name()));
        }
        WantedDashboard wanted{given.dashboard_id(),
                               given.application_name(),
                               {},
                               request->expected_version(),
                               caller.key_name};
        MILLRACE_ASSIGN_OR_RETURN(wanted.dashboard, check_dashboard(given));
        MILLRACE_ASSIGN_OR_RETURN(*response, dashboards_.update(Scope(caller), wanted));
        log_.info("dashboard updated", {{"dashboard_id", response->dashboard_id()},
                                        {"application", response->application_name()},
                                        {"version", response->version()},
                                        {"by_key", caller.key_name}});
        return absl::OkStatus();
      });
}

grpc::Status RegistryHandler::GetDashboard(grpc::ServerContext* context,
                                           const v1::GetDashboardRequest* request,
                                           v1::Dashboard* response) {
  return run(
      *context, "GetDashboard", rpc::Role::kReader, [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(check_dashboard_id("dashboard_id", request->dashboard_id()));
        MILLRACE_ASSIGN_OR_RETURN(*response,
                                  dashboards_.get(Scope(caller), request->dashboard_id()));
        return absl::OkStatus();
      });
}

grpc::Status RegistryHandler::ListDashboards(grpc::ServerContext* context,
                                             const v1::ListDashboardsRequest* request,
                                             v1::ListDashboardsResponse* response) {
  return run(*context, "ListDashboards", rpc::Role::kReader,
             [&](const rpc::Caller& caller) -> absl::Status {
               const std::string& name = request->application_name();
               MILLRACE_RETURN_IF_ERROR(check_application(caller, "application_name", name));
               MILLRACE_RETURN_IF_ERROR(applications_.get(name).status());
               const PageScope scope{"ListDashboards", name};
               MILLRACE_ASSIGN_OR_RETURN(const Page page, page_of(*request, scope));
               MILLRACE_ASSIGN_OR_RETURN(auto dashboards, dashboards_.list(name, page));
               response->set_next_page_token(cut_to_page(dashboards, page, scope, position_of));
               response->mutable_dashboards()->Assign(dashboards.begin(), dashboards.end());
               return absl::OkStatus();
             });
}

grpc::Status RegistryHandler::DeleteDashboard(grpc::ServerContext* context,
                                              const v1::DeleteDashboardRequest* request,
                                              v1::DeleteDashboardResponse*) {
  return run(*context, "DeleteDashboard", rpc::Role::kOperator,
             [&](const rpc::Caller& caller) -> absl::Status {
               const std::string& id = request->dashboard_id();
               MILLRACE_RETURN_IF_ERROR(check_dashboard_id("dashboard_id", id));
               MILLRACE_ASSIGN_OR_RETURN(const std::string application,
                                         dashboards_.remove(Scope(caller), id));
               log_.info("dashboard deleted", {{"dashboard_id", id},
                                               {"application", application},
                                               {"by_key", caller.key_name}});
               return absl::OkStatus();
             });
}

}  // namespace millrace::registry
