// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/intake_metrics.h"

#include <chrono>
#include <string>
#include <vector>

namespace millrace::intake {
namespace {

metrics::Counter samples_counter(metrics::Registry& registry, const char* outcome) {
  return registry.counter("millrace_intake_samples_total",
                          "Samples of uploads that were accepted (acknowledged by JetStream) or "
                          "refused after they could be counted.",
                          {{"outcome", outcome}});
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

IntakeMetrics::IntakeMetrics(metrics::Registry& registry, std::shared_ptr<const UploadGate> gate)
    : accepted_samples_(samples_counter(registry, "accepted")),
      refused_samples_(samples_counter(registry, "refused")),
      accepted_bytes_(registry.counter("millrace_intake_bytes_total",
                                       "Bytes of the JSON documents of accepted uploads.")),
      accept_seconds_(registry.histogram(
          "millrace_intake_accept_seconds",
          "From an upload's arrival to JetStream's acknowledgement; accepted uploads only.",
          metrics::latency_bounds_seconds())) {
  using Code = Receipt::Code;
  for (const Code code : {Code::kAccepted, Code::kBadRequest, Code::kForbidden, Code::kNotFound,
                          Code::kTooLarge, Code::kTooManyRequests, Code::kUnavailable}) {
    uploads_.emplace(code, registry.counter("millrace_intake_uploads_total",
                                            "Uploads by the code they were answered with.",
                                            {{"code", std::to_string(static_cast<int>(code))}}));
  }
  const metrics::Gauge waiting = registry.gauge(
      "millrace_intake_waiting_bytes",
      "Uploads received and not yet answered, with 512 bytes of overhead each; max-waiting-size "
      "bounds them.");
  registry.on_scrape(
      [waiting, gate = std::move(gate)] { waiting.set(static_cast<double>(gate->bytes())); });
}

void IntakeMetrics::count(Receipt::Code code, const Pending& upload, time::Instant answered) const {
  count(code, Sums{1, upload.samples, upload.body_bytes});
  if (code == Receipt::Code::kAccepted)
    accept_seconds_.observe(seconds(answered - upload.submitted));
}

void IntakeMetrics::count(Receipt::Code code, const PendingUploads& uploads,
                          time::Instant answered) const {
  thread_local std::vector<double> latencies;
  latencies.clear();
  Sums sums{uploads.size()};
  for (const auto& upload : uploads) {
    sums.samples += upload->samples;
    sums.body_bytes += upload->body_bytes;
    latencies.push_back(seconds(answered - upload->submitted));
  }
  count(code, sums);
  if (code == Receipt::Code::kAccepted) accept_seconds_.observe(latencies);
}

void IntakeMetrics::count(Receipt::Code code, const Sums& sums) const {
  uploads_.at(code).increment(static_cast<double>(sums.uploads));
  const auto samples = static_cast<double>(sums.samples);
  if (code != Receipt::Code::kAccepted) return refused_samples_.increment(samples);
  accepted_samples_.increment(samples);
  accepted_bytes_.increment(static_cast<double>(sums.body_bytes));
}

metrics::Histogram message_uploads_histogram(metrics::Registry& registry) {
  return registry.histogram("millrace_intake_message_uploads",
                            "Uploads that travelled together in one message to JetStream.",
                            {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000});
}

}  // namespace millrace::intake
