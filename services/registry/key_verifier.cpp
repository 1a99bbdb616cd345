// SPDX-License-Identifier: Apache-2.0
#include "registry/key_verifier.h"

#include <algorithm>

#include "lib/error/error.h"

namespace millrace::registry {
namespace {

constexpr std::chrono::seconds kRemembered{10};
constexpr std::size_t kMaxKnown = 1000;

}  // namespace

absl::StatusOr<rpc::Caller> OwnKeyVerifier::verify(const std::string& key_sha256) {
  if (auto caller = known(key_sha256)) return *std::move(caller);
  std::uint64_t generation = 0;
  {
    concurrency::MutexLock lock(mutex_);
    generation = generation_;
  }
  auto found = find_(key_sha256);
  if (!found.ok()) {
    return error::prefixed("cannot check the API key", found.status());
  }
  if (!found->has_value()) {
    return absl::UnauthenticatedError(
        "cannot answer: the API key is unknown or revoked; ask whoever administrates this server "
        "for one");
  }
  concurrency::MutexLock lock(mutex_);
  if (generation == generation_) {
    // Full of keys in use: begin anew rather than keep a list of who was used last.
    if (known_.size() >= kMaxKnown) known_.clear();
    known_[key_sha256] = {**found, clock_.instant() + kRemembered};
  }
  return **found;
}

void OwnKeyVerifier::forget(const std::vector<std::int64_t>& key_ids) {
  concurrency::MutexLock lock(mutex_);
  ++generation_;
  std::erase_if(known_, [&key_ids](const auto& entry) {
    return std::find(key_ids.begin(), key_ids.end(), entry.second.caller.key_id) != key_ids.end();
  });
}

void OwnKeyVerifier::forget_all() {
  concurrency::MutexLock lock(mutex_);
  ++generation_;
  known_.clear();
}

std::optional<rpc::Caller> OwnKeyVerifier::known(const std::string& key_sha256) {
  concurrency::MutexLock lock(mutex_);
  const auto found = known_.find(key_sha256);
  if (found == known_.end()) return std::nullopt;
  if (clock_.instant() >= found->second.until) {
    known_.erase(found);
    return std::nullopt;
  }
  return found->second.caller;
}

}  // namespace millrace::registry
