// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/series_rules/check.h"
#include "lib/series_rules/rules_diff.h"
#include "registry/field_rules.h"
#include "registry/paging.h"
#include "registry/registry_handler.h"

namespace millrace::registry {
namespace {

using configuration::v1::SeriesRules;

// 10,000 values have 40,000 fields, and clients take messages of 4 MiB unless told otherwise.
constexpr int kMaxChanges = 1000;
constexpr std::size_t kMaxChangesBytes = 2 << 20;

void fill(v1::DiffSeriesRulesResponse& response, const SeriesRules& before,
          const SeriesRules& after) {
  const auto changes = series_rules::diff(before, after);
  std::size_t bytes = 0;
  for (const series_rules::Change& change : changes) {
    bytes += change.field.size() + change.before.size() + change.after.size();
    const bool is_full = response.changes_size() == kMaxChanges ||
                         (response.changes_size() > 0 && bytes > kMaxChangesBytes);
    if (is_full) break;
    v1::SeriesRulesChange& entry = *response.add_changes();
    entry.set_field(change.field);
    entry.set_before(change.before);
    entry.set_after(change.after);
  }
  response.set_left_out(static_cast<std::int64_t>(changes.size()) - response.changes_size());
}

// The version below which the page begins.
absl::StatusOr<std::int64_t> first_below(const Page& page) {
  std::int64_t version = std::numeric_limits<std::int64_t>::max();
  if (page.after.empty() || absl::SimpleAtoi(page.after, &version)) return version;
  return absl::InvalidArgumentError("cannot use field page_token: it belongs to another list");
}

}  // namespace

grpc::Status RegistryHandler::ApplySeriesRules(grpc::ServerContext* context,
                                               const v1::ApplySeriesRulesRequest* request,
                                               v1::SeriesRulesVersion* response) {
  return run(
      *context, "ApplySeriesRules", rpc::Role::kOperator,
      [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(
            check_application(caller, "application_name", request->application_name()));
        MILLRACE_RETURN_IF_ERROR(check_version("expected_version", request->expected_version()));
        MILLRACE_RETURN_IF_ERROR(check_comment("comment", request->comment()));
        WantedRules wanted{request->application_name(),
                           {},
                           request->expected_version(),
                           {caller.key_name, request->comment()},
                           request->validate_only()};
        MILLRACE_ASSIGN_OR_RETURN(wanted.rules, series_rules::check(request->series_rules()));
        MILLRACE_ASSIGN_OR_RETURN(*response, rules_.apply(wanted));
        if (request->validate_only()) return absl::OkStatus();
        log_.info("series rules applied", {{"application", response->application_name()},
                                           {"rules_version", response->series_rules().version()},
                                           {"by_key", caller.key_name}});
        // Also when the rules are what they were: the call may be repeated because the event was
        // lost.
        return events_.configuration_changed(response->application_name());
      });
}

grpc::Status RegistryHandler::GetSeriesRules(grpc::ServerContext* context,
                                             const v1::GetSeriesRulesRequest* request,
                                             v1::SeriesRulesVersion* response) {
  return run(*context, "GetSeriesRules", rpc::Role::kReader,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_RETURN_IF_ERROR(
                   check_application(caller, "application_name", request->application_name()));
               MILLRACE_RETURN_IF_ERROR(check_version("version", request->version()));
               MILLRACE_ASSIGN_OR_RETURN(
                   *response, rules_.get(request->application_name(), request->version()));
               return absl::OkStatus();
             });
}

grpc::Status RegistryHandler::ListSeriesRulesVersions(
    grpc::ServerContext* context, const v1::ListSeriesRulesVersionsRequest* request,
    v1::ListSeriesRulesVersionsResponse* response) {
  return run(
      *context, "ListSeriesRulesVersions", rpc::Role::kReader,
      [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(
            check_application(caller, "application_name", request->application_name()));
        MILLRACE_RETURN_IF_ERROR(applications_.get(request->application_name()).status());
        const PageScope scope{"ListSeriesRulesVersions", request->application_name()};
        MILLRACE_ASSIGN_OR_RETURN(const Page page, page_of(*request, scope));
        MILLRACE_ASSIGN_OR_RETURN(const std::int64_t below, first_below(page));
        MILLRACE_ASSIGN_OR_RETURN(auto versions,
                                  rules_.list(request->application_name(), below, page.limit));
        response->set_next_page_token(cut_to_page(versions, page, scope, [](const auto& entry) {
          return std::to_string(entry.series_rules().version());
        }));
        response->mutable_versions()->Assign(versions.begin(), versions.end());
        return absl::OkStatus();
      });
}

grpc::Status RegistryHandler::DiffSeriesRules(grpc::ServerContext* context,
                                              const v1::DiffSeriesRulesRequest* request,
                                              v1::DiffSeriesRulesResponse* response) {
  return run(*context, "DiffSeriesRules", rpc::Role::kReader,
             [&](const rpc::Caller& caller) -> absl::Status {
               const std::string& name = request->application_name();
               MILLRACE_RETURN_IF_ERROR(check_application(caller, "application_name", name));
               MILLRACE_RETURN_IF_ERROR(check_version("from_version", request->from_version()));
               MILLRACE_RETURN_IF_ERROR(check_version("to_version", request->to_version()));
               SeriesRules before;
               SeriesRules after;
               if (request->has_to()) {
                 MILLRACE_ASSIGN_OR_RETURN(after, series_rules::check(request->to()));
               } else {
                 MILLRACE_ASSIGN_OR_RETURN(const auto version,
                                           rules_.get(name, request->to_version()));
                 after = version.series_rules();
               }
               // Before the first version there was nothing.
               const bool is_first = request->from_version() == 0 && after.version() == 1;
               if (!is_first) {
                 const bool is_previous = request->from_version() == 0 && !request->has_to();
                 MILLRACE_ASSIGN_OR_RETURN(
                     const auto version,
                     rules_.get(name, is_previous ? after.version() - 1 : request->from_version()));
                 before = version.series_rules();
               }
               response->set_from_version(before.version());
               response->set_to_version(after.version());
               fill(*response, before, after);
               return absl::OkStatus();
             });
}

}  // namespace millrace::registry
