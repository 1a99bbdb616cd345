// SPDX-License-Identifier: Apache-2.0
//
// Look-ups that wait for the registry's answer, those of one token together.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/concurrency/mutex.h"
#include "lib/registry_client/token_cache.h"

namespace millrace::registry_client {

// Safe to use from any thread.
//
// A token's list stands until everybody on it has been answered, and who looks the token up
// meanwhile queues behind them although the cache could answer at once: the uploads of a device
// must not overtake each other.
class WaitingList {
 public:
  using Done = TokenDirectory::Done;

  // Further look-ups are refused.
  explicit WaitingList(std::size_t max_waiting) : max_waiting_(max_waiting) {}

  enum class Place { kFirst, kShared, kRefused };
  // Moves from `done` unless refused.
  Place add(const TokenKey& key, Done& done);

  // Whether the token has a list. One load while no token has.
  bool has(const std::string& app_version_name, const std::string& token);

  // Those who wait now. Nobody: the list is gone; until then it stands.
  std::vector<Done> take(const TokenKey& key);
  std::vector<Done> take_all();

 private:
  const std::size_t max_waiting_;
  std::atomic<std::size_t> standing_{0};  // lists_.size(), readable without the lock
  concurrency::Mutex mutex_;
  std::unordered_map<std::string, std::vector<Done>> lists_ ABSL_GUARDED_BY(mutex_);
  std::size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::registry_client
