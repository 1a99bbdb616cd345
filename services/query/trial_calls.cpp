// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"
#include "lib/telemetry/sample_json.h"
#include "lib/time_series/rejected_reader.h"
#include "lib/utf8/utf8.h"
#include "query/live_samples.h"
#include "query/query_handler.h"
#include "query/reply.h"

namespace millrace::query {
namespace {

// How soon a client that has gone is noticed while no sample comes.
constexpr std::chrono::milliseconds kSlice{200};
// For those that were refused.
constexpr std::chrono::milliseconds kRetryAfter{5000};

absl::Status too_many_trials(const KeyShares& running, KeyShares::Answer answer) {
  const bool of_key = answer == KeyShares::Answer::kShareInUse;
  return error::with_retry_after(
      absl::ResourceExhaustedError(fmt::format("{} calls {}that try series rules are running "
                                               "already; wait until one of them has ended",
                                               of_key ? running.share() : running.places(),
                                               of_key ? "with this API key " : "")),
      kRetryAfter);
}

// A sample of which only the beginning was kept.
v1::TriedSample untried(const time_series::RejectedSample& rejected) {
  v1::TriedSample tried;
  tried.set_sample(utf8::with_replacements(utf8::without_cut_character(rejected.sample)));
  tried.set_endpoint_id(rejected.position.endpoint_id);
  set_time(*tried.mutable_received_at(), rejected.position.received_at);
  v1::TriedRejection& rejection = *tried.add_rejections();
  rejection.set_reason(rejected.reason);
  rejection.set_detail("cannot be tried: only the beginning of the sample was kept");
  return tried;
}

// The samples in the JSON of a rejected one: it may be a whole upload. 0: it is no JSON.
std::uint32_t samples_in(const std::string& json) {
  const auto checked = telemetry::check_upload(json, telemetry::SampleLimits());
  return checked.ok() ? checked->sample_count : 0;
}

}  // namespace

grpc::Status QueryHandler::TrySeriesRules(grpc::ServerContext* context,
                                          const v1::TrySeriesRulesRequest* request,
                                          grpc::ServerWriter<v1::TriedSample>* writer) {
  return run(*context, "TrySeriesRules", reading(request->application_name()),
             [&](Call& call) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(const TrialRequest trial, check(*request));
               const KeyPlace place(trials_, call.key_id());
               if (!place.taken()) {
                 refused_for_trials_.increment();
                 return too_many_trials(trials_, place.answer());
               }
               return try_rules(call, trial, *writer);
             });
}

absl::Status QueryHandler::try_rules(Call& call, const TrialRequest& request,
                                     grpc::ServerWriter<v1::TriedSample>& writer) {
  const auto in_force = parts_.applications.rules(request.application_name);
  if (absl::IsNotFound(in_force.status())) {
    return absl::NotFoundError("application_name: there is no application " +
                               request.application_name);
  }
  MILLRACE_RETURN_IF_ERROR(in_force.status());
  MILLRACE_ASSIGN_OR_RETURN(
      auto rules, extraction::CompiledRules::compile(request.rules ? *request.rules : **in_force));
  SampleTrial samples(std::move(rules));
  Trial trial{call, request, samples, [&](const v1::TriedSample& tried) -> absl::Status {
                call.begin_write();
                const bool sent = writer.Write(tried);
                call.end_write();
                MILLRACE_RETURN_IF_ERROR(call.check());
                return sent ? absl::OkStatus() : absl::CancelledError("the client has gone");
              }};
  return std::visit([&](const auto& source) { return try_source(trial, source); }, request.source);
}

absl::Status QueryHandler::try_source(Trial& trial, const TriedUpload& upload) {
  const time::UnixMicros now = parts_.platform.clock.now();
  return trial.samples.run({upload.json, upload.sample_count, now, ""}, now, trial.take);
}

absl::Status QueryHandler::try_source(Trial& trial, const TriedRejected& rejected) {
  MILLRACE_ASSIGN_OR_RETURN(const auto key,
                            find_application(trial.call, trial.request.application_name));
  if (!key) return absl::OkStatus();
  time_series::RejectedQuery query;
  query.application_key = *key;
  query.endpoint_id = rejected.endpoint_id;
  query.reason = rejected.reason;
  std::int64_t left = rejected.limit;
  while (left > 0) {
    query.limit = std::min(left, kRejectedRowsPerStatement);
    std::vector<time_series::RejectedSample> found;
    MILLRACE_RETURN_IF_ERROR(
        read(trial.call, [&](postgres::Connection& connection) -> absl::Status {
          MILLRACE_ASSIGN_OR_RETURN(found, time_series::read_rejected_samples(connection, query));
          return absl::OkStatus();
        }));
    for (const time_series::RejectedSample& sample : found) {
      const time_series::RejectedPosition& at = sample.position;
      MILLRACE_RETURN_IF_ERROR(
          sample.sample_cut
              ? trial.take(untried(sample))
              : trial.samples.run({sample.sample, samples_in(sample.sample), at.received_at,
                                   at.endpoint_id, sample.content_type},
                                  parts_.platform.clock.now(), trial.take));
      query.behind = at;
    }
    left -= static_cast<std::int64_t>(found.size());
    if (static_cast<std::int64_t>(found.size()) < query.limit) break;
  }
  return absl::OkStatus();
}

absl::Status QueryHandler::try_source(Trial& trial, const TriedNext& next) {
  MILLRACE_ASSIGN_OR_RETURN(
      const auto live,
      LiveSamples::open(parts_.bus, trial.request.application_name, next.endpoint_id));
  const time::Clock& clock = parts_.platform.clock;
  const time::Instant end = clock.instant() + next.timeout;
  int left = next.limit;
  const SampleTrial::Take take = [&](const v1::TriedSample& tried) {
    return left-- > 0 ? trial.take(tried) : absl::OkStatus();
  };
  while (left > 0 && clock.instant() < end) {
    MILLRACE_RETURN_IF_ERROR(trial.call.check());
    const auto upload = live->next(kSlice);
    if (!upload) continue;
    MILLRACE_RETURN_IF_ERROR(trial.samples.run({upload->data_samples(), upload->sample_count(),
                                                time::from_unix_us(upload->receipt_time_us()),
                                                upload->endpoint_id(), upload->content_type()},
                                               clock.now(), take));
  }
  return absl::OkStatus();
}

}  // namespace millrace::query
