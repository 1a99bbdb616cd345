// SPDX-License-Identifier: Apache-2.0
#include "gateway/key_shares.h"

#include <chrono>
#include <string>

#include <absl/hash/hash.h>
#include <fmt/format.h>

#include "lib/error/retry_after.h"
#include "lib/trace/trace_context.h"

namespace millrace::gateway {
namespace {

constexpr std::chrono::milliseconds kFullPause{500};

}  // namespace

std::size_t KeyShares::owner_of(const rpc::Metadata& metadata) {
  std::size_t owner = 0;
  for (const auto& [name, value] : metadata) {
    if (name != trace::kTraceparentHeader) owner = absl::HashOf(owner, name, value);
  }
  return owner;
}

absl::Status KeyShares::enter(std::size_t owner) {
  concurrency::MutexLock lock(mutex_);
  std::size_t& taken = taken_[owner];
  if (taken < most_) {
    ++taken;
    return absl::OkStatus();
  }
  return error::with_retry_after(
      absl::ResourceExhaustedError(fmt::format(
          "this API key has {} {} at a time, and no more may begin; try again", most_, what_)),
      kFullPause);
}

void KeyShares::leave(std::size_t owner) {
  concurrency::MutexLock lock(mutex_);
  const auto found = taken_.find(owner);
  if (--found->second == 0) taken_.erase(found);
}

}  // namespace millrace::gateway
