// SPDX-License-Identifier: Apache-2.0
#include "query/endpoint_traces.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "lib/bus/gather.h"
#include "lib/bus/stored_message.h"
#include "lib/bus/streams.h"
#include "lib/bus/subjects.h"
#include "lib/error/error.h"
#include "query/waiting_uploads.h"

namespace millrace::query {
namespace {

// What the stream holds of the endpoint, by position.
using Found = std::map<std::int64_t, std::vector<WaitingUpload>>;

// From the newest message backwards.
absl::Status look_into_stream(const TraceQuery& query, bus::Connection& bus,
                              const time::Clock& clock, Found& found, EndpointTraces& traces) {
  MILLRACE_ASSIGN_OR_RETURN(const bus::StreamState state, bus::data_samples_state(bus));
  const time::Instant until = clock.instant() + kMaxStreamLook;
  std::int64_t left = state.messages;
  std::int64_t looked = 0;
  for (std::int64_t at = state.last_sequence; at >= state.first_sequence && left > 0; --at) {
    if (looked == kMaxMessagesLookedInto || clock.instant() >= until) {
      traces.gaps.push_back(fmt::format(
          "only the newest {} messages of the stream were looked into", state.messages - left));
      break;
    }
    ++looked;
    MILLRACE_ASSIGN_OR_RETURN(const auto message, bus::stored_data_samples(bus, at));
    if (!message.has_value()) continue;
    --left;
    auto uploads = waiting_uploads(query, *message);
    if (!uploads.empty()) found.emplace(at, std::move(uploads));
  }
  return absl::OkStatus();
}

void gather_refusals(const TraceQuery& query, bus::Connection& bus, const time::Clock& clock,
                     EndpointTraces& traces) {
  status::v1::RefusalsRequest request;
  request.set_endpoint_id(query.endpoint_id);
  request.set_app_version_name(query.app_version_name);
  request.set_limit(query.limit);
  const auto answers = bus::gather(bus, bus::subjects::kRefusalsRequest,
                                   request.SerializeAsString(), kGatherWait, clock);
  if (!answers.ok()) {
    traces.gaps.push_back("receivers could not be asked what they refused: " +
                          error::message(answers.status()));
    return;
  }
  bool receiver = false;
  for (const std::string& answer : *answers) {
    status::v1::RefusalsResponse response;
    if (!response.ParseFromString(answer)) continue;
    receiver = receiver || response.service() != "epts";
    traces.refusals.push_back(std::move(response));
  }
  if (!receiver) traces.gaps.push_back("no receiver answered: what they refused is not known");
}

absl::Status read_tables(const TraceQuery& query, const ReadDatabase& read,
                         const std::vector<std::int64_t>& sequences, std::set<std::int64_t>& ended,
                         EndpointTraces& traces) {
  return read([&](postgres::Connection& connection) -> absl::Status {
    if (!sequences.empty()) {
      MILLRACE_ASSIGN_OR_RETURN(const auto of_those,
                                time_series::read_ended(connection, sequences));
      ended.insert(of_those.begin(), of_those.end());
    }
    if (!query.application_key.has_value()) return absl::OkStatus();
    MILLRACE_ASSIGN_OR_RETURN(traces.stored,
                              time_series::read_newest_frames(connection, *query.application_key,
                                                              query.endpoint_id, query.limit));
    time_series::RejectedQuery rejected;
    rejected.application_key = *query.application_key;
    rejected.endpoint_id = query.endpoint_id;
    rejected.limit = query.limit;
    MILLRACE_ASSIGN_OR_RETURN(traces.rejected,
                              time_series::read_rejected_samples(connection, rejected));
    return absl::OkStatus();
  });
}

void keep_waiting(const Found& found, const std::set<std::int64_t>& ended, int limit,
                  EndpointTraces& traces) {
  for (auto message = found.rbegin(); message != found.rend(); ++message) {
    if (ended.contains(message->first)) continue;
    for (auto upload = message->second.rbegin(); upload != message->second.rend(); ++upload) {
      if (traces.waiting.size() == static_cast<std::size_t>(limit)) return;
      traces.waiting.push_back(*upload);
    }
  }
}

}  // namespace

EndpointTraces find_traces(const TraceQuery& query, bus::Connection& bus, const ReadDatabase& read,
                           const time::Clock& clock) {
  EndpointTraces traces;
  Found found;
  if (bus.connected()) {
    gather_refusals(query, bus, clock, traces);
  } else {
    traces.gaps.emplace_back(
        "NATS is away: what receivers refused, and what waits in the stream, is not known");
  }
  if (query.endpoint_id.empty()) return traces;
  if (bus.connected()) {
    const absl::Status looked = look_into_stream(query, bus, clock, found, traces);
    if (!looked.ok()) {
      traces.gaps.push_back("the stream could not be looked into: " + error::message(looked));
    }
  }
  std::vector<std::int64_t> sequences;
  for (const auto& [sequence, uploads] : found) sequences.push_back(sequence);
  std::set<std::int64_t> ended;
  // After the stream: what ended meanwhile is found as what it became.
  const absl::Status status = read_tables(query, read, sequences, ended, traces);
  if (!status.ok()) {
    traces.gaps.push_back("PostgreSQL could not be asked what was stored or rejected: " +
                          error::message(status));
  }
  keep_waiting(found, ended, query.limit, traces);
  return traces;
}

}  // namespace millrace::query
