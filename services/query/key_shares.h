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

// A place, if there was one; ends with the scope.
class KeyPlace {
 public:
  KeyPlace(KeyShares& shares, std::int64_t key_id)
      : shares_(shares), key_id_(key_id), answer_(shares.enter(key_id)) {}
  ~KeyPlace() {
    if (taken()) shares_.leave(key_id_);
  }
  KeyPlace(const KeyPlace&) = delete;
  KeyPlace& operator=(const KeyPlace&) = delete;

  bool taken() const { return answer_ == KeyShares::Answer::kTaken; }
  KeyShares::Answer answer() const { return answer_; }

 private:
  KeyShares& shares_;
  const std::int64_t key_id_;
  const KeyShares::Answer answer_;
};

}  // namespace millrace::query
