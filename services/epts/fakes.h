// SPDX-License-Identifier: Apache-2.0
//
// For the tests of this folder: the world around the engine without a network or a database.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "epts/store.h"
#include "lib/bus/consumer.h"
#include "lib/error/error.h"
#include "lib/process/platform.h"
#include "lib/registry_client/rules_directory.h"

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::epts {

struct FakeOutside {
  log::Logger log{"test", log::Level::kFatal};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::ManualClock clock;
  process::Platform platform{log, metrics, readiness, clock};

  double samples(const std::string& outcome) {
    return metrics.counter("millrace_epts_samples_total", "", {{"outcome", outcome}}).value();
  }
  double count(const std::string& name) { return metrics.counter(name, "").value(); }
};

// What was done to each message of a test: "1:ack 2:nak 3:term", heartbeats as "+".
class Deeds {
 public:
  void add(std::uint64_t sequence, const std::string& deed) {
    all_ += fmt::format("{}{}:{}", all_.empty() ? "" : " ", sequence, deed);
  }
  std::string take() { return std::exchange(all_, ""); }

 private:
  std::string all_;
};

class FakeMessage final : public bus::PulledMessage {
 public:
  FakeMessage(Deeds& deeds, std::uint64_t sequence, std::string payload,
              std::uint64_t deliveries = 1, std::string subject = "test")
      : deeds_(deeds),
        sequence_(sequence),
        payload_(std::move(payload)),
        deliveries_(deliveries),
        subject_(std::move(subject)) {}

  std::string_view payload() const override { return payload_; }
  std::string_view subject() const override { return subject_; }
  std::uint64_t stream_sequence() const override { return sequence_; }
  std::uint64_t delivery_count() const override { return deliveries_; }
  void ack() override { deeds_.add(sequence_, "ack"); }
  void nak(std::chrono::milliseconds delay) override {
    deeds_.add(sequence_, delay.count() == 0 ? "nak" : fmt::format("nak{}", delay.count()));
  }
  void terminate() override { deeds_.add(sequence_, "term"); }
  void in_progress() override { deeds_.add(sequence_, "+"); }

 private:
  Deeds& deeds_;
  const std::uint64_t sequence_;
  const std::string payload_;
  const std::uint64_t deliveries_;
  const std::string subject_;
};

class FakeRules final : public registry_client::RulesDirectory {
 public:
  // Applications not named here have auto-extraction on.
  std::map<std::string, absl::Status> failures;
  std::map<std::string, int> asked;
  std::function<void()> during;
  bool is_away = false;  // the registry; what rules() says is what is remembered

  absl::StatusOr<std::shared_ptr<const configuration::v1::SeriesRules>> rules(
      const std::string& application_name) override {
    ++asked[application_name];
    if (during) during();
    if (const auto failure = failures.find(application_name); failure != failures.end()) {
      return failure->second;
    }
    auto rules = std::make_shared<configuration::v1::SeriesRules>();
    rules->set_version(7);
    rules->set_auto_extract(true);
    return rules;
  }
  // Fails also where only the cache of the real one has an answer.
  absl::StatusOr<std::shared_ptr<const configuration::v1::SeriesRules>> current_rules(
      const std::string& application_name) override {
    if (is_away) return absl::UnavailableError("registry away");
    return rules(application_name);
  }
};

// Keeps samples by position in the stream and messages that ended, as PostgreSQL does, and fails as
// it is told.
class FakeStore final : public Store {
 public:
  std::set<std::int64_t> stored;
  std::map<std::int64_t, std::string> rejected;  // word of the reason
  std::set<std::uint64_t> ended;                 // positions of messages
  std::vector<std::size_t> attempts;             // sizes
  std::vector<time_series::Delivery> deliveries;
  // Answers for the next attempts, before anything else is looked at.
  std::deque<absl::Status> failures;
  // Samples that are refused, and those that are refused as rejections too.
  std::set<std::int64_t> poison;
  std::set<std::int64_t> hopeless;
  // Replayed uploads whose row is gone, by index in the batch.
  std::set<std::uint32_t> gone;
  // The same for those that only end messages.
  std::deque<absl::Status> end_failures;
  // The commit of this many next attempts takes place, but its answer is lost.
  int lost_answers = 0;
  int lost_end_answers = 0;
  std::function<void()> during;

  absl::Status write(const time_series::SampleBatch& batch, time_series::SampleRange range,
                     time_series::Delivery delivery, time_series::WriteOutcome& outcome) override {
    attempts.push_back(range.size());
    deliveries.push_back(delivery);
    if (during) during();
    if (!failures.empty()) {
      absl::Status failure = failures.front();
      failures.pop_front();
      return failure;
    }
    for (std::size_t i = range.first; i < range.last; ++i) {
      const auto& sample = batch.samples()[i];
      if (hopeless.contains(sample.seq) ||
          (poison.contains(sample.seq) && sample.shape != time_series::SampleBatch::kNone)) {
        return absl::InvalidArgumentError("value out of range");
      }
    }
    outcome.tallies.resize(batch.messages().size());
    for (std::size_t i = range.first; i < range.last; ++i) keep(batch, i, outcome);
    if (range.size() == batch.samples().size()) outcome.ended = end(batch);
    return answer(lost_answers);
  }
  absl::Status end_messages(const time_series::SampleBatch& batch,
                            std::span<const time_series::MessageTally>,
                            std::vector<bool>& is_first) override {
    if (!end_failures.empty()) {
      absl::Status failure = end_failures.front();
      end_failures.pop_front();
      return failure;
    }
    is_first = end(batch);
    return answer(lost_end_answers);
  }

 private:
  static absl::Status answer(int& lost) {
    if (lost == 0) return absl::OkStatus();
    --lost;
    return error::with_unknown_outcome(absl::UnavailableError("connection lost"));
  }

  std::vector<bool> end(const time_series::SampleBatch& batch) {
    std::vector<bool> is_first;
    for (const auto& message : batch.messages()) {
      is_first.push_back(ended.insert(message.stream_sequence).second);
    }
    return is_first;
  }

  void keep(const time_series::SampleBatch& batch, std::size_t index,
            time_series::WriteOutcome& outcome) {
    const auto& sample = batch.samples()[index];
    if (gone.contains(sample.upload)) {
      outcome.replayed.gone += sample.weight;
      outcome.replayed.gone_uploads.insert(sample.upload);
      return;
    }
    time_series::MessageTally unread;
    const std::uint32_t message = batch.uploads()[sample.upload].message;
    auto& tally = message == time_series::SampleBatch::kNone ? unread : outcome.tallies[message];
    if (sample.shape != time_series::SampleBatch::kNone) {
      ++tally.stored;
      ++(stored.insert(sample.seq).second ? outcome.stored : outcome.repeated);
      return;
    }
    const auto word = time_series::word(batch.rejections()[sample.rejection].reason);
    const bool is_new = rejected.emplace(sample.seq, std::string(word)).second;
    tally.rejected += sample.weight;
    (is_new ? outcome.rejected : outcome.repeated) += sample.weight;
  }
};

struct FakeUpload {
  std::string json;
  std::uint32_t samples = 1;
  std::string application = "app";
  std::string endpoint = "ep";
  std::string traceparent = {};
};

inline std::string payload_of(const std::vector<FakeUpload>& uploads, time::UnixMicros received) {
  telemetry::v1::DataSamplesBatch batch;
  for (const FakeUpload& upload : uploads) {
    telemetry::v1::DataSamplesEvent& event = *batch.add_events();
    event.set_correlation_id("c");
    event.set_receipt_time_us(time::to_unix_us(received));
    event.set_application_name(upload.application);
    event.set_app_version_name(upload.application + "-v1");
    event.set_endpoint_id(upload.endpoint);
    event.set_data_samples(upload.json);
    event.set_sample_count(upload.samples);
    event.set_traceparent(upload.traceparent);
  }
  return batch.SerializeAsString();
}

}  // namespace millrace::epts
