// SPDX-License-Identifier: Apache-2.0
//
// Brings each message of a fetch to exactly one end. Acknowledged: everything in it is committed
// (stored, merged, rejected or empty). Terminated: nothing can be made of it; logged and counted.
// Handed back: its rules are not to be had, or the service stops. For one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "epts/announcer.h"
#include "epts/batch_builder.h"
#include "epts/batch_storer.h"
#include "epts/compiled_rules_cache.h"
#include "epts/done_messages.h"
#include "epts/held_message.h"
#include "epts/ledger.h"
#include "epts/step_times.h"
#include "epts/store.h"
#include "lib/bus/consumer.h"
#include "lib/process/platform.h"
#include "lib/registry_client/rules_directory.h"
#include "lib/status/refusal_ring.h"

namespace millrace::epts {

struct EngineOptions {
  std::size_t samples_per_transaction = 20'000;
  // Between signs of life for messages at work: a third of the ack wait or less.
  std::chrono::milliseconds heartbeat{10'000};
  // Until a message whose rules were not to be had comes again.
  std::chrono::milliseconds rules_delay{2000};
  Backoff backoff;
  extraction::ExtractionLimits extraction;
  extraction::AcceptanceWindow window;
  std::chrono::milliseconds retention = std::chrono::days{36'500};  // where rules do not say
};

class BatchEngine {
 public:
  struct Parts {
    Store& store;
    registry_client::RulesDirectory& rules;
    const Ledger& ledger;
    DoneMessages& done;
    Announcer* announcer = nullptr;  // null: points are not announced
    StoreFaults* faults = nullptr;
    status::RefusalRing* empties = nullptr;  // null: uploads that gave nothing are not kept
  };

  BatchEngine(Parts parts, EngineOptions options, BatchStorer::Pause pause,
              process::Platform& platform);

  // Returns when every message has come to its end, or soon after `stop`.
  void handle(std::vector<std::unique_ptr<bus::PulledMessage>> messages, std::stop_token stop);

 private:
  // Whole messages that go into one transaction.
  struct Group;

  void hold_all(std::vector<std::unique_ptr<bus::PulledMessage>> messages);
  void hold_one(std::unique_ptr<bus::PulledMessage> message);
  Group take_group();
  void handle_group(Group& group, const std::stop_token& stop);
  void build(Group& group);
  BatchStorer::Stored store(const Group& group, const std::stop_token& stop);
  bool find_rules(const HeldMessage& message, Group& group);
  void finish(Group& group, const BatchStorer::Stored& stored);
  static std::string empty_reason(const Group& group,
                                  const time_series::SampleBatch::Upload& upload);
  void terminate(HeldMessage& held);
  void keep_empties(const Group& group);
  void keep_alive();

  const Parts parts_;
  const EngineOptions options_;
  process::Platform& platform_;
  const BatchStorer::Pause pause_;
  const StepTimes times_;
  CompiledRulesCache rules_;
  BatchBuilder builder_;
  BatchStorer storer_;
  // Fetched, not yet in a group.
  std::deque<HeldMessage> waiting_;
  // Of the group at work; null between groups.
  Group* group_ = nullptr;
  time::Instant last_heartbeat_;
};

}  // namespace millrace::epts
