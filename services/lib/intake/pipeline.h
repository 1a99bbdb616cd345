// SPDX-License-Identifier: Apache-2.0
//
// The intake itself, over a token directory and an outlet for messages: no connection, no waiting
// at start. Intake::create() puts it together with the real ones, tests with their own.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "lib/bus/unique_id.h"
#include "lib/intake/batcher.h"
#include "lib/intake/endpoint_quotas.h"
#include "lib/intake/intake.h"
#include "lib/intake/intake_metrics.h"
#include "lib/intake/pending.h"
#include "lib/intake/upload_gate.h"
#include "lib/process/platform.h"
#include "lib/registry_client/token_directory.h"
#include "lib/status/refusal_ring.h"

namespace millrace::intake {

// The largest body taken now. Shared with whoever follows the NATS server's limit.
using UploadLimit = std::atomic<std::size_t>;

struct PipelineOptions {
  std::shared_ptr<const UploadLimit> max_upload_bytes;
  telemetry::SampleLimits samples;
  std::size_t max_waiting_bytes = 64 << 20;
  std::size_t max_endpoints_with_quota = 200'000;
  Batcher::Options batching;
};

// Safe to use from any thread.
class Pipeline final : public Intake {
 public:
  // `tokens` and `outlet` must live until close() has returned; what they still call back after
  // that is answered with kUnavailable, so the pipeline must outlive both.
  Pipeline(PipelineOptions options, registry_client::TokenDirectory& tokens,
           Batcher::Outlet& outlet, process::Platform& platform);

  void submit(Upload upload, std::function<void(const Receipt&)> done) override;
  void note(OutsideRefusal refusal) override;
  bool drain(std::chrono::milliseconds deadline) override;

  const status::RefusalRing& refusals() const { return refusals_; }

  // Answers what waits for the bus with kUnavailable, and what comes later.
  void close();

  // See Intake::Burst.
  void begin_burst() override;
  void end_burst() override;

 private:
  std::string correlation_id_of(Upload& upload);
  Receipt examine(Upload& upload, Pending& pending);
  Receipt admit(Pending& pending, const registry_client::LookUp& look_up);
  void identified(std::unique_ptr<Pending> pending, const registry_client::LookUp& look_up);
  void publish(std::unique_ptr<Pending> pending, const registry_client::Identity& identity);
  void published(const PendingUploads& uploads, const absl::Status& status);
  void not_published(const Pending& pending, const Receipt& receipt, const absl::Status& status);
  void answer(const Pending& pending, Receipt receipt);
  // Whoever submitted it, and the log. Writes into `receipt` whose upload it is.
  void tell(const Pending& pending, Receipt& receipt);
  void log(const Pending& pending, const Receipt& receipt);
  status::Refused refused_of(const Pending& pending, const Receipt& receipt) const;
  // Of an upload that was refused before anybody looked whose it is.
  void keep_unidentified(status::Refused refused, const std::string& token);

  const PipelineOptions options_;
  process::Platform& platform_;
  registry_client::TokenDirectory& tokens_;
  bus::UniqueIds correlation_ids_;
  // Shared with the metric that reads it.
  const std::shared_ptr<UploadGate> gate_;
  IntakeMetrics metrics_;
  EndpointQuotas quotas_;
  status::RefusalRing refusals_;
  Batcher batcher_;
};

}  // namespace millrace::intake
