// SPDX-License-Identifier: Apache-2.0
//
// What the registry has said about credentials, with a bound and an expiry. No password is in it,
// nor anything by which one could be guessed outside of this process: credentials are known by a
// hash with a secret that is made anew at each start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/concurrency/mutex.h"
#include "lib/registry_client/credential_answer.h"
#include "lib/registry_client/lru_map.h"
#include "lib/time/clock.h"

namespace millrace::registry_client {

struct CredentialCacheOptions {
  std::size_t max_accepted = 0;
  // Apart, so that refusals push out nothing that is accepted.
  std::size_t max_refused = 0;
  std::chrono::milliseconds accepted_expiry{0};
  std::chrono::milliseconds refused_expiry{0};
};

// Safe to use from any thread.
class CredentialCache {
 public:
  explicit CredentialCache(const CredentialCacheOptions& options);

  // `kind` keeps apart what is of another kind.
  std::string key_of(char kind, const std::string& name, const std::string& secret) const;

  struct Found {
    CredentialAnswer answer;
    bool fresh = false;
  };
  std::optional<Found> find(const std::string& key, time::Instant now);

  // To be taken before the registry is asked.
  struct Asking {
    time::Instant at;
    std::uint64_t revocations = 0;
  };
  Asking asking(time::Instant now) const;
  // False: not kept, because something was revoked since it was asked for; it may be these.
  bool put(const std::string& key, const CredentialAnswer& answer, const Asking& asking);

  void drop(const std::vector<std::int64_t>& credentials_ids);
  void drop_refusals();
  // Accepted ones, too.
  void drop_all();

 private:
  struct Entry {
    CredentialAnswer answer;
    time::Instant asked_at;
  };
  using Entries = LruMap<std::string, std::string_view, Entry>;

  const CredentialCacheOptions options_;
  const std::string secret_;
  mutable concurrency::Mutex mutex_;
  Entries accepted_ ABSL_GUARDED_BY(mutex_);
  Entries refused_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t revocations_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::registry_client
