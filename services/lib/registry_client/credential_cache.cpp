// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/credential_cache.h"

#include <random>

#include <absl/container/flat_hash_set.h>

#include "lib/rpc/server.h"

namespace millrace::registry_client {
namespace {

// 256 bits of the operating system's generator.
std::string new_secret() {
  std::random_device device;
  std::string secret;
  for (int i = 0; i < 8; ++i) {
    const std::uint32_t word = device();
    for (int byte = 0; byte < 4; ++byte) secret += static_cast<char>(word >> (8 * byte));
  }
  return secret;
}

}  // namespace

CredentialCache::CredentialCache(const CredentialCacheOptions& options)
    : options_(options),
      secret_(new_secret()),
      accepted_(options.max_accepted),
      refused_(options.max_refused) {}

std::string CredentialCache::key_of(char kind, const std::string& name,
                                    const std::string& secret) const {
  std::string text = secret_;
  text += kind;
  text += name;
  text += '\0';
  text += secret;
  return rpc::sha256(text);
}

std::optional<CredentialCache::Found> CredentialCache::find(const std::string& key,
                                                            time::Instant now) {
  concurrency::MutexLock lock(mutex_);
  if (const Entry* const entry = accepted_.find(key)) {
    return Found{entry->answer, now - entry->asked_at < options_.accepted_expiry};
  }
  if (const Entry* const entry = refused_.find(key)) {
    return Found{entry->answer, now - entry->asked_at < options_.refused_expiry};
  }
  return std::nullopt;
}

CredentialCache::Asking CredentialCache::asking(time::Instant now) const {
  concurrency::MutexLock lock(mutex_);
  return {now, revocations_};
}

bool CredentialCache::put(const std::string& key, const CredentialAnswer& answer,
                          const Asking& asking) {
  const bool is_accepted = answer.result == CredentialAnswer::Result::kKnown;
  concurrency::MutexLock lock(mutex_);
  // A refusal is no less true for it.
  if (is_accepted && asking.revocations != revocations_) {
    accepted_.erase(key);
    return false;
  }
  (is_accepted ? refused_ : accepted_).erase(key);
  (is_accepted ? accepted_ : refused_).put(key, {answer, asking.at});
  return true;
}

void CredentialCache::drop(const std::vector<std::int64_t>& credentials_ids) {
  const absl::flat_hash_set<std::int64_t> ids(credentials_ids.begin(), credentials_ids.end());
  concurrency::MutexLock lock(mutex_);
  ++revocations_;
  accepted_.erase_if(
      [&ids](const auto& item) { return ids.contains(item.second.answer.credentials_id); });
}

void CredentialCache::drop_refusals() {
  concurrency::MutexLock lock(mutex_);
  refused_.erase_if([](const auto&) { return true; });
}

void CredentialCache::drop_all() {
  concurrency::MutexLock lock(mutex_);
  ++revocations_;
  accepted_.erase_if([](const auto&) { return true; });
  refused_.erase_if([](const auto&) { return true; });
}

}  // namespace millrace::registry_client
