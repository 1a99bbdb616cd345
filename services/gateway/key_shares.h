// SPDX-License-Identifier: Apache-2.0
//
// How much of what the gateway can do at a time one API key has, so that a page gone wild waits for
// itself and leaves room for others. Keys that do not exist have a share too, but their calls end
// at once.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>

#include <absl/status/status.h>

#include "lib/concurrency/mutex.h"
#include "lib/rpc/generic_call.h"

namespace millrace::gateway {

// Safe to use from any thread.
class KeyShares {
 public:
  // `what`: in words, for the refusal: "calls". `most`: of one key at a time.
  KeyShares(const char* what, std::size_t most) : what_(what), most_(most) {}

  // Which key `metadata` brings; keys are not kept.
  static std::size_t owner_of(const rpc::Metadata& metadata);

  // kResourceExhausted: the key has `most` of them; try again. OK: to be given back by leave().
  absl::Status enter(std::size_t owner);
  void leave(std::size_t owner);

 private:
  const char* const what_;
  const std::size_t most_;
  concurrency::Mutex mutex_;
  std::unordered_map<std::size_t, std::size_t> taken_ ABSL_GUARDED_BY(mutex_);  // none is 0
};

}  // namespace millrace::gateway
