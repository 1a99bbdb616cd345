// SPDX-License-Identifier: Apache-2.0
//
// Questions to the registry about credentials, with what it said kept. Those about the same
// credentials share one; a bounded number is in flight, others wait in line.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/bus/connection.h"
#include "lib/bus/unique_id.h"
#include "lib/concurrency/mutex.h"
#include "lib/metrics/metric.h"
#include "lib/registry_client/away_memory.h"
#include "lib/registry_client/call_gate.h"
#include "lib/registry_client/credential_cache.h"
#include "lib/registry_client/storm_limit.h"

namespace millrace::registry_client {

// One thing that a client shows: a user name and its password, or a certificate.
struct Credential {
  enum class Kind { kBasic, kCertificate };
  Kind kind = Kind::kBasic;
  std::string name;    // user name; issuer
  std::string secret;  // digest of the password; serial number
};

struct CredentialQuestionOptions {
  CredentialCacheOptions cache;
  std::chrono::milliseconds request_timeout{0};
  std::size_t max_in_flight = 1;
  std::size_t max_waiting = 0;
  double max_refused_per_second = 1;
  double max_refused_per_second_per_name = 1;
};

// Safe to use from any thread.
class CredentialQuestions {
 public:
  using Done = std::function<void(const CredentialAnswer&)>;

  // Answers are dropped once `gate` is closed.
  CredentialQuestions(bus::Connection& connection, const CredentialQuestionOptions& options,
                      std::shared_ptr<CallGate> gate, process::Platform& platform);
  CredentialQuestions(const CredentialQuestions&) = delete;
  CredentialQuestions& operator=(const CredentialQuestions&) = delete;

  // `done` runs exactly once, outside all locks: inside this call or on a bus thread.
  void ask(Credential credential, Done done);
  // Answers all that wait with kUnavailable; once the gate is closed.
  void close(const std::string& reason);

  CredentialCache& cache() { return cache_; }

 private:
  struct Question {
    std::string key;
    Credential credential;
    int repeats = 0;  // how often its answer was overtaken by a revocation
  };
  enum class Place { kFirst, kShared, kRefused };

  Place wait_for(const std::string& key, Done& done);
  bool has_room(const Credential& credential);
  bool take_next(Question& question);
  void pump();
  void send(Question question);
  std::string payload_of(const Credential& credential);
  void on_answer(Question question, const CredentialCache::Asking& asking,
                 const absl::StatusOr<std::string>& bytes);
  // Answers those in line as while_away() says.
  void give_up(const std::string& reason);
  CredentialAnswer while_away(const std::string& key, CredentialAnswer away);
  void hand_out(const std::string& key, const CredentialAnswer& answer);

  bus::Connection& connection_;
  const CredentialQuestionOptions options_;
  const std::shared_ptr<CallGate> gate_;
  const time::Clock& clock_;
  log::Logger& log_;
  const metrics::Counter cached_;
  const metrics::Counter asked_;
  const metrics::Counter stale_;
  const metrics::Counter limited_;
  const metrics::Counter unavailable_;
  CredentialCache cache_;
  StormLimit storm_;
  AwayMemory away_;
  bus::UniqueIds ids_;

  concurrency::Mutex mutex_;
  std::unordered_map<std::string, std::vector<Done>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t waiting_count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Question> line_ ABSL_GUARDED_BY(mutex_);
  std::size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::registry_client
