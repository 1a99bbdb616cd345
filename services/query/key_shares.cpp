// SPDX-License-Identifier: Apache-2.0
#include "query/key_shares.h"

namespace millrace::query {

KeyShares::Answer KeyShares::enter(std::int64_t key_id) {
  concurrency::MutexLock lock(mutex_);
  const auto found = by_key_.find(key_id);
  // Said first: it stays true when others leave.
  if (found != by_key_.end() && found->second >= share_) return Answer::kShareInUse;
  if (taken_ >= places_) return Answer::kAllInUse;
  ++taken_;
  ++by_key_[key_id];
  return Answer::kTaken;
}

void KeyShares::leave(std::int64_t key_id) {
  concurrency::MutexLock lock(mutex_);
  --taken_;
  const auto found = by_key_.find(key_id);
  if (--found->second == 0) by_key_.erase(found);
}

}  // namespace millrace::query
