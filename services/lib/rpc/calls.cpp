// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <grpc/support/time.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"
#include "lib/rpc/server.h"
#include "lib/trace/trace_context.h"

namespace millrace::rpc {
namespace {

// Of the caller's metadata; twice is as good as never.
std::optional<trace::TraceContext> trace_of(const grpc::ServerContextBase& context) {
  const auto [first, last] = context.client_metadata().equal_range(trace::kTraceparentHeader);
  if (first == last || std::next(first) != last) return std::nullopt;
  return trace::TraceContext::parse({first->second.data(), first->second.size()});
}

// So long, and up to twice as long; the clock is the die.
std::chrono::milliseconds spread(std::chrono::milliseconds wait, time::Instant now) {
  if (wait <= std::chrono::milliseconds{0}) return std::chrono::milliseconds{0};
  const auto micros = std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch());
  return wait + std::chrono::milliseconds{micros.count() % wait.count()};
}

}  // namespace

std::chrono::milliseconds time_left(const grpc::ServerContextBase& context,
                                    std::chrono::milliseconds at_most) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return at_most;
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return std::clamp(std::chrono::milliseconds{gpr_time_to_millis(left)},
                    std::chrono::milliseconds{0}, at_most);
}

absl::Status Calls::checked(const grpc::ServerContext& context, const std::string& method,
                            const std::function<absl::Status(const Caller&)>& handler) {
  if (context.IsCancelled() ||
      time_left(context, std::chrono::milliseconds{1}) == std::chrono::milliseconds{0}) {
    return absl::DeadlineExceededError("cannot begin the call: its deadline had passed");
  }
  MILLRACE_ASSIGN_OR_RETURN(const Caller caller, authenticate(context, verifier_));
  try {
    return handler(caller);
  } catch (const std::exception& exception) {
    return absl::InternalError(fmt::format("exception in {}: {}", method, exception.what()));
  }
}

Calls::Begun Calls::begin(const grpc::ServerContextBase& context, const std::string& method) const {
  const std::optional<trace::TraceContext> trace = trace_of(context);
  Begun call{method, platform_.clock.instant(), std::nullopt};
  if (trace) call.trace_id.emplace(trace->trace_id());
  return call;
}

grpc::Status Calls::end(grpc::ServerContextBase& context, const Begun& call,
                        const absl::Status& status) const {
  const std::chrono::duration<double> duration = platform_.clock.instant() - call.at;
  platform_.metrics
      .counter("millrace_rpc_requests_total", "gRPC calls answered, by method and code",
               {{"method", call.method}, {"code", absl::StatusCodeToString(status.code())}})
      .increment();
  platform_.metrics
      .histogram("millrace_rpc_duration_seconds", "Time from the call to its end, by method",
                 metrics::latency_bounds_seconds(), {{"method", call.method}})
      .observe(duration.count());

  if (const auto wait = error::retry_after(status)) {
    context.AddTrailingMetadata("grpc-retry-pushback-ms",
                                std::to_string(spread(*wait, platform_.clock.instant()).count()));
  }
  if (status.code() == absl::StatusCode::kInternal || status.code() == absl::StatusCode::kUnknown) {
    std::optional<std::string_view> trace_id;
    if (call.trace_id) trace_id = *call.trace_id;
    platform_.log.error(
        "cannot answer a gRPC call",
        {{"method", call.method}, {"trace_id", trace_id}, {"error", error::message(status)}});
    // The cause may name what is not the caller's business.
    return {grpc::StatusCode::INTERNAL,
            fmt::format("cannot answer {}: internal failure, see the service's log", call.method)};
  }
  return to_grpc(status);
}

grpc::Status Calls::run(grpc::ServerContext& context, const std::string& method,
                        const std::function<absl::Status(const Caller&)>& handler) {
  const Begun call = begin(context, method);
  return end(context, call, checked(context, method, handler));
}

}  // namespace millrace::rpc
