// SPDX-License-Identifier: Apache-2.0
//
// The methods about rejected samples.
#include <algorithm>
#include <utility>
#include <vector>

#include "lib/error/error.h"
#include "query/page_token.h"
#include "query/query_handler.h"
#include "query/reply.h"

namespace millrace::query {
namespace {

// Samples have up to 64 KiB, and clients take messages of 4 MiB unless told otherwise.
constexpr std::size_t kRejectedPageBytes = 2 << 20;

time_series::RejectedQuery query_of(const RejectedSamples& samples, std::int32_t application_key) {
  time_series::RejectedQuery query;
  query.application_key = application_key;
  query.endpoint_id = samples.endpoint_id;
  query.from = samples.from;
  query.to = samples.to;
  query.behind = samples.behind;
  query.limit = kRejectedRowsPerStatement;
  query.reason = samples.reason;
  return query;
}

}  // namespace

grpc::Status QueryHandler::ListRejectedSamples(grpc::ServerContext* context,
                                               const v1::ListRejectedSamplesRequest* request,
                                               v1::ListRejectedSamplesResponse* response) {
  return run(*context, "ListRejectedSamples", reading(request->application_name()),
             [&](Call& call) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const RejectedSamples samples, check(*request));
               return list_rejected(call, samples, *response);
             });
}

absl::Status QueryHandler::list_rejected(Call& call, const RejectedSamples& samples,
                                         v1::ListRejectedSamplesResponse& response) {
  MILLRACE_ASSIGN_OR_RETURN(const auto key, find_application(call, samples.application_name));
  if (!key) return absl::OkStatus();
  time_series::RejectedQuery query = query_of(samples, *key);
  std::size_t bytes = 0;
  return read(call, [&](postgres::Connection& connection) -> absl::Status {
    while (true) {
      MILLRACE_ASSIGN_OR_RETURN(auto found, time_series::read_rejected_samples(connection, query));
      const bool at_end = static_cast<std::int64_t>(found.size()) < query.limit;
      for (time_series::RejectedSample& sample : found) {
        time_series::RejectedPosition position = sample.position;
        // Of the message as it is sent: names and details may be long as well, and bytes that are
        // no UTF-8 become three each.
        v1::RejectedSample message = rejected_sample_of(std::move(sample));
        const std::size_t size = message.ByteSizeLong();
        const bool full = response.rejected_samples_size() == samples.page_size ||
                          (bytes > 0 && bytes + size > kRejectedPageBytes);
        if (full) {
          response.set_next_page_token(make_page_token(samples.request_digest, *query.behind));
          return absl::OkStatus();
        }
        query.behind = std::move(position);
        bytes += size;
        *response.add_rejected_samples() = std::move(message);
      }
      if (at_end) return absl::OkStatus();
    }
  });
}

grpc::Status QueryHandler::ReplayRejectedSamples(grpc::ServerContext* context,
                                                 const v1::ReplayRejectedSamplesRequest* request,
                                                 v1::ReplayRejectedSamplesResponse* response) {
  return run(*context, "ReplayRejectedSamples", {rpc::Role::kOperator, request->application_name()},
             [&](Call& call) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const RejectedSamples samples, check(*request));
               return replay_rejected(call, samples, *response);
             });
}

// A few rows at a time, so that no connection is held while the stream is waited for, and little of
// it is in memory. Where it fails half-way, the same page may be asked for again: what is in the
// stream already changes nothing.
absl::Status QueryHandler::replay_rejected(Call& call, const RejectedSamples& samples,
                                           v1::ReplayRejectedSamplesResponse& response) {
  MILLRACE_ASSIGN_OR_RETURN(const auto key, find_application(call, samples.application_name));
  if (!key) return absl::OkStatus();
  const auto rules = parts_.applications.rules(samples.application_name);
  if (absl::IsNotFound(rules.status())) {
    return absl::NotFoundError("application_name: there is no application " +
                               samples.application_name + "; nothing would be stored");
  }
  if (!rules.ok()) return rules.status();
  const ReplayTarget target{samples.application_name, (*rules)->version()};
  time_series::RejectedQuery query = query_of(samples, *key);
  std::int64_t left = samples.page_size;
  while (true) {
    query.limit = std::min(left, kRejectedRowsPerStatement);
    std::vector<time_series::RejectedSample> found;
    MILLRACE_RETURN_IF_ERROR(read(call, [&](postgres::Connection& connection) -> absl::Status {
      MILLRACE_ASSIGN_OR_RETURN(found, time_series::read_rejected_samples(connection, query));
      return absl::OkStatus();
    }));
    if (!found.empty()) query.behind = found.back().position;
    MILLRACE_RETURN_IF_ERROR(replay(target, found, response));
    left -= static_cast<std::int64_t>(found.size());
    if (static_cast<std::int64_t>(found.size()) < query.limit) return absl::OkStatus();
    if (left > 0) continue;
    response.set_next_page_token(make_page_token(samples.request_digest, *query.behind));
    return absl::OkStatus();
  }
}

absl::Status QueryHandler::replay(const ReplayTarget& target,
                                  const std::vector<time_series::RejectedSample>& samples,
                                  v1::ReplayRejectedSamplesResponse& response) {
  std::vector<StreamMessage> messages;
  for (const time_series::RejectedSample& sample : samples) {
    if (auto message = replay_message(target, sample)) messages.push_back(*std::move(message));
  }
  const auto sent = static_cast<std::int64_t>(messages.size());
  MILLRACE_RETURN_IF_ERROR(parts_.stream.put("rejected samples", std::move(messages)));
  response.set_replayed(response.replayed() + sent);
  response.set_cut(response.cut() + static_cast<std::int64_t>(samples.size()) - sent);
  return absl::OkStatus();
}

}  // namespace millrace::query
