// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/pipeline.h"

#include <utility>

#include "lib/bus/subjects.h"
#include "lib/concurrency/waker.h"
#include "lib/error/error.h"
#include "lib/intake/batch_record.h"
#include "lib/intake/receipts.h"
#include "lib/intake/stamps.h"
#include "lib/telemetry/plain_value.h"

namespace millrace::intake {
namespace {

using registry_client::LookUp;
using Code = Receipt::Code;

// Whose burst this thread has. Of the thread and not of the upload: one whose look-up had to wait
// is published by another thread, perhaps after the burst has ended.
thread_local const Pipeline* in_burst_of = nullptr;

}  // namespace

Pipeline::Pipeline(PipelineOptions options, registry_client::TokenDirectory& tokens,
                   Batcher::Outlet& outlet, process::Platform& platform)
    : options_(std::move(options)),
      platform_(platform),
      tokens_(tokens),
      gate_(std::make_shared<UploadGate>(options_.max_waiting_bytes)),
      metrics_(platform.metrics, gate_),
      quotas_(options_.max_endpoints_with_quota),
      batcher_(options_.batching, outlet,
               [this](const PendingUploads& uploads, const absl::Status& status) {
                 published(uploads, status);
               }) {}

void Pipeline::submit(Upload upload, std::function<void(const Receipt&)> done) {
  auto pending = std::make_unique<Pending>();
  pending->done = std::move(done);
  pending->submitted = platform_.clock.instant();
  pending->app_version_name = upload.path.app_version_name;
  pending->relaxed = upload.path.relaxed;
  pending->correlation_id = correlation_id_of(upload);
  pending->trace = upload.trace;
  Receipt refusal = examine(upload, *pending);
  if (refusal.code != Code::kAccepted) {
    status::Refused refused = refused_of(*pending, refusal);
    answer(*pending, std::move(refusal));
    keep_unidentified(std::move(refused), upload.path.token);
    return;
  }
  tokens_.look_up(upload.path.app_version_name, upload.path.token,
                  [this, pending = std::move(pending)](const LookUp& look_up) mutable {
                    identified(std::move(pending), look_up);
                  });
}

// A trace id is unique enough, and whoever has it finds the upload by it where only correlation ids
// are kept, as in rejected_sample.
std::string Pipeline::correlation_id_of(Upload& upload) {
  if (!upload.correlation_id.empty()) return std::move(upload.correlation_id);
  if (upload.trace.has_value()) return std::string(upload.trace->trace_id());
  return correlation_ids_.next();
}

// Moves the body into `pending`; kAccepted when it may go on.
Receipt Pipeline::examine(Upload& upload, Pending& pending) {
  const std::size_t max_bytes = options_.max_upload_bytes->load(std::memory_order_relaxed);
  if (upload.body.size() > max_bytes) {
    return body_too_large(upload.body.size(), max_bytes);
  }
  if (!gate_->enter(upload.body.size())) {
    return too_many_waiting();
  }
  pending.entered = true;
  pending.body_bytes = upload.body.size();

  if (upload.path.kind == telemetry::ResourcePath::Kind::kPlain) {
    absl::StatusOr<std::string> json =
        telemetry::plain_value_to_json(upload.path.metric, upload.body);
    if (!json.ok()) return receipt_of_check(json.status());
    pending.json = *std::move(json);
    pending.samples = 1;
    return accepted();
  }
  const absl::StatusOr<telemetry::CheckedUpload> checked =
      telemetry::check_upload(upload.body, options_.samples);
  if (!checked.ok()) return receipt_of_check(checked.status());
  pending.samples = checked->sample_count;
  const std::size_t mark_bytes = upload.body.size() - checked->json.size();
  pending.json = std::move(upload.body);
  pending.json.erase(0, mark_bytes);
  return accepted();
}

// What the rules of its application say to an upload whose endpoint is known.
Receipt Pipeline::admit(Pending& pending, const LookUp& look_up) {
  const registry_client::UploadRules& rules = look_up.rules;
  if (pending.relaxed && !rules.relaxed_resource_paths) {
    return relaxed_path_refused(*look_up.identity);
  }
  if (rules.max_uploads_per_second > 0) {
    const std::chrono::nanoseconds wait =
        quotas_.take(look_up.identity->endpoint_id, rules, platform_.clock.instant());
    if (wait.count() > 0) return too_many(look_up, wait);
    pending.quota = rules;
  }
  return accepted();
}

void Pipeline::identified(std::unique_ptr<Pending> pending, const LookUp& look_up) {
  Receipt receipt = receipt_of_look_up(look_up);
  const bool is_ruled = pending->relaxed || look_up.rules.max_uploads_per_second > 0;
  if (is_ruled && receipt.code == Code::kAccepted) receipt = admit(*pending, look_up);
  if (look_up.identity != nullptr) {
    if (look_up.result == LookUp::Result::kKnown) pending->token_id = look_up.identity->token_id;
    pending->endpoint_id = look_up.identity->endpoint_id;
  }
  if (receipt.code != Code::kAccepted || pending->samples == 0) {
    if (receipt.code != Code::kAccepted) refusals_.add(refused_of(*pending, receipt));
    return answer(*pending, std::move(receipt));
  }
  publish(std::move(pending), *look_up.identity);
}

void Pipeline::publish(std::unique_ptr<Pending> pending,
                       const registry_client::Identity& identity) {
  std::string record = batch_record(
      {.correlation_id = pending->correlation_id,
       .receipt_time_us = reserve_receipt_times(identity, platform_.clock.now(), pending->samples),
       .application_name = identity.application_name,
       .app_version_name = identity.app_version_name,
       .endpoint_id = identity.endpoint_id,
       .data_samples = pending->json,
       .sample_count = pending->samples,
       .traceparent = pending->trace ? pending->trace->traceparent() : std::string_view{}});
  std::string().swap(pending->json);  // it is in the record now
  const unsigned shard = bus::subjects::shard_of(identity.endpoint_id, options_.batching.shards);
  batcher_.add(shard, std::move(record), std::move(pending));
  if (in_burst_of != this) batcher_.publish();
}

void Pipeline::begin_burst() {
  in_burst_of = this;
}

void Pipeline::end_burst() {
  in_burst_of = nullptr;
  batcher_.publish();
}

// Of the uploads of a message, which share its fate: the clock is read and the metrics are counted
// once for all of them.
void Pipeline::published(const PendingUploads& uploads, const absl::Status& status) {
  Receipt receipt = receipt_of_publish(status);
  metrics_.count(receipt.code, uploads, platform_.clock.instant());
  std::size_t body_bytes = 0;
  {
    const concurrency::WakeScope scope;
    for (const auto& pending : uploads) {
      if (!status.ok()) not_published(*pending, receipt, status);
      tell(*pending, receipt);
      body_bytes += pending->body_bytes;
    }
  }
  gate_->leave(uploads.size(), body_bytes);
}

void Pipeline::not_published(const Pending& pending, const Receipt& receipt,
                             const absl::Status& status) {
  platform_.log.warning_limited("uploads not accepted by JetStream",
                                {{"correlation_id", pending.correlation_id},
                                 {"trace_id", trace::trace_id(pending.trace)},
                                 {"error", error::message(status)}});
  // It is to be sent again, which must not be too much then.
  if (pending.quota.max_uploads_per_second > 0) {
    quotas_.give_back(pending.endpoint_id, pending.quota);
  }
  refusals_.add(refused_of(pending, receipt));
}

// Of an upload that no message carries.
void Pipeline::answer(const Pending& pending, Receipt receipt) {
  metrics_.count(receipt.code, pending, platform_.clock.instant());
  tell(pending, receipt);
  if (pending.entered) gate_->leave(1, pending.body_bytes);
}

void Pipeline::tell(const Pending& pending, Receipt& receipt) {
  log(pending, receipt);
  receipt.token_id = pending.token_id;
  pending.done(receipt);
}

void Pipeline::log(const Pending& pending, const Receipt& receipt) {
  if (receipt.code == Code::kAccepted) {
    // Of each upload: nothing is put together for a line that is dropped.
    if (!platform_.log.writes(log::Level::kDebug)) return;
    platform_.log.debug("upload accepted", {{"correlation_id", pending.correlation_id},
                                            {"trace_id", trace::trace_id(pending.trace)},
                                            {"app_version", pending.app_version_name},
                                            {"samples", pending.samples}});
    return;
  }
  platform_.log.warning_limited("upload refused", {{"correlation_id", pending.correlation_id},
                                                   {"trace_id", trace::trace_id(pending.trace)},
                                                   {"app_version", pending.app_version_name},
                                                   {"code", static_cast<int>(receipt.code)},
                                                   {"reason", receipt.reason_phrase}});
}

status::Refused Pipeline::refused_of(const Pending& pending, const Receipt& receipt) const {
  return {.at = platform_.clock.now(),
          .app_version_name = pending.app_version_name,
          .endpoint_id = pending.endpoint_id,
          .correlation_id = pending.correlation_id,
          .status_code = static_cast<int>(receipt.code),
          .reason = receipt.reason_phrase};
}

void Pipeline::note(OutsideRefusal refusal) {
  status::Refused refused{.at = platform_.clock.now(),
                          .app_version_name = refusal.path.app_version_name,
                          .endpoint_id = {},
                          .correlation_id = std::move(refusal.correlation_id),
                          .status_code = refusal.status_code,
                          .reason = std::move(refusal.reason_phrase)};
  keep_unidentified(std::move(refused), refusal.path.token);
}

// The device has its answer already. Whose token it is comes from the same cache, with the same
// bounds, as for uploads that are taken; where it cannot be told, the version still can.
void Pipeline::keep_unidentified(status::Refused refused, const std::string& token) {
  const std::string version = refused.app_version_name;
  tokens_.look_up(version, token,
                  [this, refused = std::move(refused)](const LookUp& look_up) mutable {
                    if (look_up.identity != nullptr)
                      refused.endpoint_id = look_up.identity->endpoint_id;
                    refusals_.add(std::move(refused));
                  });
}

bool Pipeline::drain(std::chrono::milliseconds deadline) {
  return gate_->wait_until_empty(deadline, platform_.clock);
}

void Pipeline::close() {
  batcher_.close();
}

}  // namespace millrace::intake
