// SPDX-License-Identifier: Apache-2.0
#include "epts/batch_engine.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "epts/upload_log.h"
#include "lib/error/error.h"
#include "lib/telemetry/points_upload.h"

namespace millrace::epts {

struct BatchEngine::Group {
  std::vector<HeldMessage> messages;
  std::vector<bool> handed_back;  // by message: its rules are not to be had
  std::vector<std::size_t> held;  // by message of the batch: which of `messages` it is
  // One version of each application's rules for the whole group.
  std::unordered_map<std::string, std::optional<Rules>> rules;
  time_series::Delivery delivery = time_series::Delivery::kFirst;
};

BatchEngine::BatchEngine(Parts parts, EngineOptions options, BatchStorer::Pause pause,
                         process::Platform& platform)
    : parts_(parts),
      options_(options),
      platform_(platform),
      pause_(std::move(pause)),
      times_(platform.metrics, platform.clock),
      rules_(parts.rules),
      builder_(options.extraction, options.window, options.retention),
      storer_(parts.store, parts.ledger,
              {options.backoff, pause_, [this] { keep_alive(); }, parts.faults}, platform) {}

void BatchEngine::handle(std::vector<std::unique_ptr<bus::PulledMessage>> messages,
                         std::stop_token stop) {
  last_heartbeat_ = platform_.clock.instant();
  hold_all(std::move(messages));
  while (!waiting_.empty() && !stop.stop_requested()) {
    Group group = take_group();
    group_ = &group;
    handle_group(group, stop);
    group_ = nullptr;
  }
  for (const HeldMessage& held : waiting_) held.message->nak(std::chrono::milliseconds(0));
  waiting_.clear();
}

void BatchEngine::hold_all(std::vector<std::unique_ptr<bus::PulledMessage>> messages) {
  const StepTimes::Scope time(times_, Step::kDecode);
  std::set<std::uint64_t> seen;
  for (std::unique_ptr<bus::PulledMessage>& message : messages) {
    // A second delivery within one fetch: the end of the first one ends it too.
    if (seen.insert(message->stream_sequence()).second) hold_one(std::move(message));
  }
}

void BatchEngine::hold_one(std::unique_ptr<bus::PulledMessage> message) {
  if (message->delivery_count() > 1) {
    if (const auto samples = parts_.done.find(*message)) {
      message->ack();
      parts_.ledger.repeated(*samples);
      return;
    }
  }
  absl::StatusOr<HeldMessage> held = hold(message);
  if (held.ok()) {
    waiting_.push_back(*std::move(held));
  } else {
    waiting_.push_back({std::move(message), {}, 0, held.status()});
  }
}

BatchEngine::Group BatchEngine::take_group() {
  Group group;
  std::size_t samples = 0;
  while (!waiting_.empty()) {
    const std::size_t more = waiting_.front().sample_count;
    if (!group.messages.empty() && samples + more > options_.samples_per_transaction) break;
    samples += more;
    if (waiting_.front().message->delivery_count() > 1) {
      group.delivery = time_series::Delivery::kAgain;
    }
    group.messages.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  group.handed_back.resize(group.messages.size(), false);
  return group;
}

void BatchEngine::handle_group(Group& group, const std::stop_token& stop) {
  build(group);
  const BatchStorer::Stored stored = store(group, stop);
  if (stored.finished) {
    finish(group, stored);
    return;
  }
  for (std::size_t i = 0; i < group.messages.size(); ++i) {
    if (!group.handed_back[i]) group.messages[i].message->nak(std::chrono::milliseconds(0));
  }
}

BatchStorer::Stored BatchEngine::store(const Group& group, const std::stop_token& stop) {
  const StepTimes::Scope time(times_, Step::kStore);
  return storer_.store(builder_.batch(), group.delivery, stop);
}

void BatchEngine::build(Group& group) {
  const StepTimes::Scope time(times_, Step::kExtract);
  builder_.begin(platform_.clock.now());
  for (std::size_t i = 0; i < group.messages.size(); ++i) {
    HeldMessage& held = group.messages[i];
    keep_alive();
    if (!find_rules(held, group)) {
      held.message->nak(options_.rules_delay);
      parts_.ledger.waiting_for_rules();
      group.handed_back[i] = true;
      continue;
    }
    builder_.begin_message(held.message->stream_sequence());
    if (!held.fault.ok()) builder_.batch().terminate(group.held.size());
    group.held.push_back(i);
    std::int64_t seq = held.first_seq();
    for (const telemetry::v1::DataSamplesEvent& event : held.batch.events()) {
      builder_.add(event, seq, *group.rules.at(event.application_name()));
      seq += event.sample_count();
    }
  }
}

// Whether the rules of all applications in the message are there. An application is asked about
// once a group: each question may take seconds while the registry is away, and a message may have
// uploads of many.
bool BatchEngine::find_rules(const HeldMessage& message, Group& group) {
  bool found = true;
  for (const telemetry::v1::DataSamplesEvent& event : message.batch.events()) {
    const auto [entry, is_new] = group.rules.try_emplace(event.application_name());
    if (is_new) {
      keep_alive();
      auto rules = rules_.rules(event.application_name());
      if (rules.ok()) {
        entry->second = *std::move(rules);
      } else if (absl::IsNotFound(rules.status())) {
        entry->second = Rules();
      } else {
        platform_.log.warning_limited(
            "waiting for the series rules of an application",
            {{"application", event.application_name()}, {"cause", error::message(rules.status())}});
      }
    }
    found = found && entry->second.has_value();
  }
  return found;
}

// Only here is anything acknowledged: after COMMIT, so that a message whose storing was interrupted
// anywhere before comes again.
void BatchEngine::finish(Group& group, const BatchStorer::Stored& stored) {
  const StepTimes::Scope time(times_, Step::kFinish);
  // First: an acknowledged message tells listeners that its points were announced.
  if (parts_.announcer != nullptr) {
    parts_.announcer->announce(builder_.batch(), stored.refused, stored.untouched);
  }
  const std::vector<time_series::SampleBatch::Message>& messages = builder_.batch().messages();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    HeldMessage& held = group.messages[group.held[i]];
    if (messages[i].terminated) {
      terminate(held);
    } else {
      held.message->ack();
    }
    parts_.done.add(held);
  }
  parts_.ledger.empty_replays(builder_.empty_replays());
  if (parts_.empties != nullptr) keep_empties(group);
  log_uploads(builder_.batch(), stored, platform_.log);
}

std::string BatchEngine::empty_reason(const Group& group,
                                      const time_series::SampleBatch::Upload& upload) {
  if (upload.content_type == telemetry::kPointsJsonContentType) return "the point has no values";
  const auto found = group.rules.find(std::string(upload.application_name));
  const bool known = found != group.rules.end() && found->second && *found->second != nullptr;
  if (known && (*found->second)->take_nothing()) {
    return "auto-extraction is off and no series is configured";
  }
  return "no series rule takes anything from it";
}

void BatchEngine::keep_empties(const Group& group) {
  for (const time_series::SampleBatch::Upload& upload : builder_.batch().uploads()) {
    if (upload.empty_samples == 0) continue;
    parts_.empties->add({platform_.clock.now(), std::string(upload.app_version_name),
                         std::string(upload.endpoint_id), std::string(upload.correlation_id), 0,
                         empty_reason(group, upload), upload.empty_samples});
  }
}

void BatchEngine::terminate(HeldMessage& held) {
  const std::string cause = held.fault.ok()
                                ? "PostgreSQL takes a sample of it neither as points nor as a "
                                  "rejected sample; its other samples are stored"
                                : error::message(held.fault);
  platform_.log.error("terminated a message", {{"stream_sequence", held.message->stream_sequence()},
                                               {"subject", held.message->subject()},
                                               {"cause", cause}});
  held.message->terminate();
}

void BatchEngine::keep_alive() {
  const time::Instant now = platform_.clock.instant();
  if (now - last_heartbeat_ < options_.heartbeat) return;
  last_heartbeat_ = now;
  for (const HeldMessage& held : waiting_) held.message->in_progress();
  if (group_ == nullptr) return;
  for (std::size_t i = 0; i < group_->messages.size(); ++i) {
    if (!group_->handed_back[i]) group_->messages[i].message->in_progress();
  }
}

}  // namespace millrace::epts
