// SPDX-License-Identifier: Apache-2.0
#include "query/grafana_calls.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/time_series/name_list_reader.h"
#include "query/grafana_reader.h"
#include "query/page_token.h"
#include "query/request_field.h"

namespace millrace::query {
namespace {

using Call = QueryHandler::Call;

// Longer filters fit no name.
constexpr std::size_t kMaxFilterBytes = 1024;

absl::Status check_filter(const std::string& filter) {
  if (filter.empty()) return absl::OkStatus();
  return check_name("filter", filter, kMaxFilterBytes);
}

template <class Response>
absl::Status list_keys(const std::string& filter, Response& response) {
  MILLRACE_RETURN_IF_ERROR(check_filter(filter));
  for (const auto& [key, description] :
       {std::pair{kApplicationDimension, "An application of the registry"},
        std::pair{kEndpointDimension, "An endpoint of the application; several may be chosen"}}) {
    if (key.find(filter) == std::string_view::npos) continue;
    auto& result = *response.add_results();
    result.set_key(std::string(key));
    result.set_description(description);
  }
  return absl::OkStatus();
}

// Of which applications the caller may see names: those that are chosen, or those that its key is
// bound to. Nothing: all.
absl::StatusOr<std::vector<std::string>> visible_applications(const GrafanaTarget& target,
                                                              const rpc::Caller& caller) {
  if (target.application_name.empty()) return caller.application_names;
  MILLRACE_RETURN_IF_ERROR(
      QueryHandler::check_access(caller, QueryHandler::reading(target.application_name)));
  return std::vector{target.application_name};
}

template <class Response>
absl::Status list_values(QueryHandler& calls, Call& call, const std::string& key,
                         const time_series::NameQuery& query, Response& response) {
  MILLRACE_RETURN_IF_ERROR(check_filter(query.filter));
  if (key != kApplicationDimension && key != kEndpointDimension) {
    return refused("dimension_key", "there are application and endpoint");
  }
  return calls.read(call, [&](postgres::Connection& connection) -> absl::Status {
    MILLRACE_ASSIGN_OR_RETURN(const auto names,
                              key == kApplicationDimension
                                  ? time_series::list_application_names(connection, query)
                                  : time_series::list_endpoint_ids(connection, query));
    for (const std::string& name : names) response.add_results()->set_value(name);
    return absl::OkStatus();
  });
}

template <class Response>
absl::Status list_metrics(GrafanaReader reader, const GrafanaTarget& target,
                          const std::string& filter, Response& response) {
  MILLRACE_RETURN_IF_ERROR(check_filter(filter));
  MILLRACE_ASSIGN_OR_RETURN(const auto metrics, reader.metrics(target.endpoint_ids, filter));
  for (const auto& [name, description] : metrics) {
    auto& metric = *response.add_metrics();
    metric.set_name(name);
    metric.set_description(description);
  }
  return absl::OkStatus();
}

// What a call about one application needs before anything is read.
class Chosen {
 public:
  explicit Chosen(absl::StatusOr<GrafanaTarget> target) : target_(std::move(target)) {}

  QueryHandler::CallerCheck check() {
    return [this](const rpc::Caller& caller) -> absl::Status {
      // A key without the right is refused whatever else is wrong.
      MILLRACE_RETURN_IF_ERROR(rpc::require(caller, rpc::Role::kReader));
      if (!target_.ok()) return target_.status();
      MILLRACE_ASSIGN_OR_RETURN(application_name_, chosen_application(*target_, caller));
      return QueryHandler::check_access(caller, QueryHandler::reading(application_name_));
    };
  }
  const GrafanaTarget& target() const { return *target_; }
  const std::string& application_name() const { return application_name_; }

 private:
  const absl::StatusOr<GrafanaTarget> target_;
  std::string application_name_;
};

std::string next_token(const GrafanaQuery& query, const GrafanaPage& page) {
  return page.behind ? make_time_token(query.request_digest, *page.behind) : std::string();
}

std::int64_t points_of(const std::vector<GrafanaFrame>& frames) {
  std::size_t points = 0;
  for (const GrafanaFrame& frame : frames) {
    for (const GrafanaColumn& column : frame.columns) points += column.times.size();
  }
  return static_cast<std::int64_t>(points);
}

template <class Response>
void fill_frames(GrafanaPage page, const GrafanaQuery& query, const std::string& application_name,
                 Response& response) {
  response.set_nexttoken(next_token(query, page));
  for (GrafanaFrame& frame : page.frames) {
    *response.add_frames() = joined(std::move(frame), application_name, query.direction);
  }
}

std::int64_t seconds_of(time::UnixMicros time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

absl::Status has_numbers(const std::vector<GrafanaFrame>& frames) {
  if (frames.empty() || frames.front().kind != GrafanaKind::kText) return absl::OkStatus();
  return refused("Metric", frames.front().metric + " has strings, which this version cannot tell");
}

template <class Response>
absl::Status fill_values(const GrafanaPage& page, const GrafanaQuery& query, Response& response) {
  MILLRACE_RETURN_IF_ERROR(has_numbers(page.frames));
  response.set_nexttoken(next_token(query, page));
  if (page.frames.empty()) return absl::OkStatus();
  const GrafanaColumn& column = page.frames.front().columns.front();
  for (std::size_t row = 0; row < column.times.size(); ++row) {
    grafana::MetricHistoryValue& value = *response.add_values();
    value.set_timestamp(seconds_of(column.times[row]));
    value.mutable_value()->set_doublevalue(column.numbers[row]);
  }
  return absl::OkStatus();
}

// The methods of a page, of both versions.
using ReadPage = absl::StatusOr<GrafanaPage> (GrafanaReader::*)(const GrafanaQuery&);

template <class Request, class Fill>
grpc::Status answer_page(QueryHandler& calls, grpc::ServerContext& context,
                         const std::string& method, const Request& request, ReadPage read,
                         const Fill& fill) {
  Chosen chosen(target_of(request.dimensions()));
  return calls.run_checked(context, method, chosen.check(), [&](Call& call) -> absl::Status {
    MILLRACE_ASSIGN_OR_RETURN(const GrafanaQuery query, check(request));
    GrafanaReader reader(calls, call, chosen.application_name());
    MILLRACE_ASSIGN_OR_RETURN(GrafanaPage page, (reader.*read)(query));
    calls.count_points(points_of(page.frames));
    return fill(std::move(page), query, chosen.application_name());
  });
}

}  // namespace

grpc::Status GrafanaV3Handler::ListDimensionKeys(grpc::ServerContext* context,
                                                 const grafanav3::ListDimensionKeysRequest* request,
                                                 grafanav3::ListDimensionKeysResponse* response) {
  return calls_.run_checked(
      *context, "grafanav3.ListDimensionKeys",
      [](const rpc::Caller& caller) { return rpc::require(caller, rpc::Role::kReader); },
      [&](Call&) { return list_keys(request->filter(), *response); });
}

grpc::Status GrafanaV3Handler::ListDimensionValues(
    grpc::ServerContext* context, const grafanav3::ListDimensionValuesRequest* request,
    grafanav3::ListDimensionValuesResponse* response) {
  time_series::NameQuery query{{}, request->filter(), kMaxGrafanaNames};
  return calls_.run_checked(
      *context, "grafanav3.ListDimensionValues",
      [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(rpc::require(caller, rpc::Role::kReader));
        MILLRACE_ASSIGN_OR_RETURN(const auto target, target_of(request->selected_dimensions()));
        MILLRACE_ASSIGN_OR_RETURN(query.application_names, visible_applications(target, caller));
        // The list to choose another one from.
        if (request->dimension_key() == kApplicationDimension) {
          query.application_names = caller.application_names;
        }
        return absl::OkStatus();
      },
      [&](Call& call) {
        return list_values(calls_, call, request->dimension_key(), query, *response);
      });
}

grpc::Status GrafanaV3Handler::ListMetrics(grpc::ServerContext* context,
                                           const grafanav3::ListMetricsRequest* request,
                                           grafanav3::ListMetricsResponse* response) {
  Chosen chosen(target_of(request->dimensions()));
  return calls_.run_checked(*context, "grafanav3.ListMetrics", chosen.check(), [&](Call& call) {
    return list_metrics(GrafanaReader(calls_, call, chosen.application_name()), chosen.target(),
                        request->filter(), *response);
  });
}

grpc::Status GrafanaV3Handler::GetQueryOptions(grpc::ServerContext* context,
                                               const grafanav3::GetOptionsRequest* request,
                                               grafanav3::GetOptionsResponse* response) {
  return calls_.run_checked(
      *context, "grafanav3.GetQueryOptions",
      [](const rpc::Caller& caller) { return rpc::require(caller, rpc::Role::kReader); },
      [&](Call&) {
        if (request->querytype() != grafanav3::GetOptionsRequest::GetMetricAggregate) {
          return absl::OkStatus();
        }
        grafanav3::Option& option = *response->add_options();
        option.set_id(std::string(kAggregateOption));
        option.set_label("Aggregate");
        option.set_description("What of each window is shown");
        option.set_type(grafanav3::Option::Enum);
        for (const GrafanaFunctionText& function : kGrafanaFunctions) {
          grafanav3::EnumValue& value = *option.add_enumvalues();
          value.set_id(std::string(function.id));
          value.set_label(std::string(function.label));
          value.set_description(std::string(function.description));
          value.set_default_(function.function == kGrafanaFunctions[0].function);
        }
        return absl::OkStatus();
      });
}

grpc::Status GrafanaV3Handler::GetMetricValue(grpc::ServerContext* context,
                                              const grafanav3::GetMetricValueRequest* request,
                                              grafanav3::GetMetricValueResponse* response) {
  return answer_page(calls_, *context, "grafanav3.GetMetricValue", *request, &GrafanaReader::last,
                     [&](GrafanaPage page, const GrafanaQuery&, const std::string& application) {
                       for (const GrafanaFrame& frame : page.frames) {
                         add_last(*response, frame, application);
                       }
                       return absl::OkStatus();
                     });
}

grpc::Status GrafanaV3Handler::GetMetricHistory(grpc::ServerContext* context,
                                                const grafanav3::GetMetricHistoryRequest* request,
                                                grafanav3::GetMetricHistoryResponse* response) {
  return answer_page(
      calls_, *context, "grafanav3.GetMetricHistory", *request, &GrafanaReader::history,
      [&](GrafanaPage page, const GrafanaQuery& query, const std::string& application) {
        fill_frames(std::move(page), query, application, *response);
        return absl::OkStatus();
      });
}

grpc::Status GrafanaV3Handler::GetMetricAggregate(
    grpc::ServerContext* context, const grafanav3::GetMetricAggregateRequest* request,
    grafanav3::GetMetricAggregateResponse* response) {
  return answer_page(
      calls_, *context, "grafanav3.GetMetricAggregate", *request, &GrafanaReader::aggregate,
      [&](GrafanaPage page, const GrafanaQuery& query, const std::string& application) {
        fill_frames(std::move(page), query, application, *response);
        return absl::OkStatus();
      });
}

grpc::Status GrafanaV1Handler::ListDimensionKeys(grpc::ServerContext* context,
                                                 const grafana::ListDimensionKeysRequest* request,
                                                 grafana::ListDimensionKeysResponse* response) {
  return calls_.run_checked(
      *context, "grafana.ListDimensionKeys",
      [](const rpc::Caller& caller) { return rpc::require(caller, rpc::Role::kReader); },
      [&](Call&) { return list_keys(request->filter(), *response); });
}

grpc::Status GrafanaV1Handler::ListDimensionValues(
    grpc::ServerContext* context, const grafana::ListDimensionValuesRequest* request,
    grafana::ListDimensionValuesResponse* response) {
  time_series::NameQuery query{{}, request->filter(), kMaxGrafanaNames};
  return calls_.run_checked(
      *context, "grafana.ListDimensionValues",
      [&](const rpc::Caller& caller) {
        query.application_names = caller.application_names;
        return rpc::require(caller, rpc::Role::kReader);
      },
      [&](Call& call) {
        return list_values(calls_, call, request->dimension_key(), query, *response);
      });
}

grpc::Status GrafanaV1Handler::ListMetrics(grpc::ServerContext* context,
                                           const grafana::ListMetricsRequest* request,
                                           grafana::ListMetricsResponse* response) {
  Chosen chosen(target_of(request->dimensions()));
  return calls_.run_checked(*context, "grafana.ListMetrics", chosen.check(), [&](Call& call) {
    return list_metrics(GrafanaReader(calls_, call, chosen.application_name()), chosen.target(),
                        request->filter(), *response);
  });
}

grpc::Status GrafanaV1Handler::GetMetricValue(grpc::ServerContext* context,
                                              const grafana::GetMetricValueRequest* request,
                                              grafana::GetMetricValueResponse* response) {
  return answer_page(
      calls_, *context, "grafana.GetMetricValue", *request, &GrafanaReader::last,
      [&](const GrafanaPage& page, const GrafanaQuery& query, const std::string&) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(has_numbers(page.frames));
        if (page.frames.empty() || page.frames.front().columns.front().times.empty()) {
          return absl::NotFoundError(
              fmt::format("Metric: {} has no point at this endpoint", query.metrics.front().name));
        }
        const GrafanaColumn& column = page.frames.front().columns.front();
        response->set_timestamp(seconds_of(column.times.front()));
        response->mutable_value()->set_doublevalue(column.numbers.front());
        return absl::OkStatus();
      });
}

grpc::Status GrafanaV1Handler::GetMetricHistory(grpc::ServerContext* context,
                                                const grafana::GetMetricHistoryRequest* request,
                                                grafana::GetMetricHistoryResponse* response) {
  return answer_page(calls_, *context, "grafana.GetMetricHistory", *request,
                     &GrafanaReader::history,
                     [&](const GrafanaPage& page, const GrafanaQuery& query, const std::string&) {
                       return fill_values(page, query, *response);
                     });
}

grpc::Status GrafanaV1Handler::GetMetricAggregate(grpc::ServerContext* context,
                                                  const grafana::GetMetricAggregateRequest* request,
                                                  grafana::GetMetricAggregateResponse* response) {
  return answer_page(calls_, *context, "grafana.GetMetricAggregate", *request,
                     &GrafanaReader::aggregate,
                     [&](const GrafanaPage& page, const GrafanaQuery& query, const std::string&) {
                       return fill_values(page, query, *response);
                     });
}

}  // namespace millrace::query
