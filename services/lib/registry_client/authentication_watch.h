// SPDX-License-Identifier: Apache-2.0
//
// The rules of what MQTT clients have to show, kept up to date, and what was revoked meanwhile: by
// asking the registry when an event says so, when the connection was lost and found, and now and
// then. Once known, rules are kept while the registry is away.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/bus/connection.h"
#include "lib/bus/unique_id.h"
#include "lib/concurrency/mutex.h"
#include "lib/registry_client/call_gate.h"
#include "lib/registry_client/credential_answer.h"

namespace millrace::registry_client {

// Safe to use from any thread.
class AuthenticationWatch {
 public:
  struct Options {
    std::chrono::milliseconds expiry{0};
    std::chrono::milliseconds request_timeout{0};
    // For the rules, where they are not known yet.
    std::chrono::milliseconds max_wait{0};
    std::size_t max_waiting = 0;
  };
  // Called outside all locks, on a bus thread or inside the call that found it out.
  struct Listener {
    // Others than before, or known for the first time.
    std::function<void(const AuthenticationRules&)> on_rules;
    std::function<void(const std::vector<std::int64_t>&)> on_revoked;
    // The registry's database is another one: its numbers mean something else.
    std::function<void()> on_forgotten;
  };

  // Answers are dropped once `gate` is closed.
  AuthenticationWatch(bus::Connection& connection, const Options& options, Listener listener,
                      std::shared_ptr<CallGate> gate, process::Platform& platform);
  AuthenticationWatch(const AuthenticationWatch&) = delete;
  AuthenticationWatch& operator=(const AuthenticationWatch&) = delete;

  // Nothing: not known yet.
  std::optional<AuthenticationRules> rules() const;
  enum class Wait {
    kWaiting,  // `done` runs once: when the rules are known, or after max_wait
    kKnown,    // no need to
    kTooMany,
  };
  Wait wait_for_rules(std::function<void()> done);

  // Asks when what is known is old, or was not had a second ago; lets go who has waited for too
  // long. To be called about once a second.
  void keep_up();
  // Asks now: what is known may be out of date.
  void refresh();
  // Runs what waits; once the gate is closed.
  void close();

 private:
  struct Waiting {
    std::function<void()> done;
    time::Instant until;
  };

  void ask_if_due();
  void ask(std::int64_t known_revision);
  void on_answer(const absl::StatusOr<std::string>& bytes);
  // Whether to ask again at once.
  bool take(const AuthenticationNews& news);
  void fail(const std::string& cause);
  // Those who have waited until `now`.
  void let_go(time::Instant now);

  bus::Connection& connection_;
  const Options options_;
  const Listener listener_;
  const std::shared_ptr<CallGate> gate_;
  const time::Clock& clock_;
  log::Logger& log_;
  bus::UniqueIds ids_;

  mutable concurrency::Mutex mutex_;
  std::optional<AuthenticationRules> rules_ ABSL_GUARDED_BY(mutex_);
  std::int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  bool asking_ ABSL_GUARDED_BY(mutex_) = false;
  // Something happened while it was asked: the answer may be from before it.
  bool ask_again_ ABSL_GUARDED_BY(mutex_) = false;
  time::Instant ask_at_ ABSL_GUARDED_BY(mutex_){};
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);  // who came first goes first
};

}  // namespace millrace::registry_client
