// SPDX-License-Identifier: Apache-2.0
//
// So many places, of which one API key has at most its share, so that others find one whatever it
// does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "lib/concurrency/mutex.h"

namespace millrace::query {

// Safe to use from any thread.
class KeyShares {
 public:
  KeyShares(std::size_t places, std::size_t share) : places_(places), share_(share) {}

  enum class Answer { kTaken, kAllInUse, kShareInUse };
  // kTaken: leave() gives the place back.
  Answer enter(std::int64_t key_id);
  void leave(std::int64_t key_id);

  std::size_t places() const { return places_; }
  std::size_t share() const { return share_; }

 private:
  const std::size_t places_;
  const std::size_t share_;
  concurrency::Mutex mutex_;
  std::size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::int64_t, std::size_t> by_key_ ABSL_GUARDED_BY(mutex_);  // without zeros
};

}  // namespace millrace::query
