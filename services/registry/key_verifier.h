// SPDX-License-Identifier: Apache-2.0
//
// Checks API keys of callers of the registry itself against its table, with a small cache.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/concurrency/mutex.h"
#include "lib/rpc/server.h"
#include "lib/time/clock.h"

namespace millrace::registry {

// Valid keys are remembered for 10 s, at most 1,000 of them; what is refused is asked again each
// time, so that a new key counts at once. Safe to use from any thread.
class OwnKeyVerifier final : public rpc::KeyVerifier {
 public:
  // `find` asks the table: nothing when unknown or revoked.
  using Find =
      std::function<absl::StatusOr<std::optional<rpc::Caller>>(const std::string& key_sha256)>;

  OwnKeyVerifier(Find find, const time::Clock& clock) : find_(std::move(find)), clock_(clock) {}

  absl::StatusOr<rpc::Caller> verify(const std::string& key_sha256) override;

  // These keys were revoked, here or by a replica.
  void forget(const std::vector<std::int64_t>& key_ids);
  // An event may have been missed.
  void forget_all();

 private:
  struct Known {
    rpc::Caller caller;
    time::Instant until;
  };

  std::optional<rpc::Caller> known(const std::string& key_sha256);

  const Find find_;
  const time::Clock& clock_;
  concurrency::Mutex mutex_;
  std::map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
  // Grows with each forget: an answer asked for before it is not remembered after it.
  std::uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::registry
