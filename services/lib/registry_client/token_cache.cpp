// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/token_cache.h"

#include <algorithm>

#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

namespace millrace::registry_client {
namespace {

constexpr std::size_t kMaxShards = 16;
// Small caches are not split: each shard has a bound of its own.
constexpr std::size_t kMinEntriesOfShard = 1024;
// One refusal for so many known tokens.
constexpr std::size_t kKnownPerRefused = 8;

bool same_endpoint(const Identity& a, const Identity& b) {
  return a.token_id == b.token_id && a.endpoint_id == b.endpoint_id &&
         a.application_name == b.application_name && a.app_version_name == b.app_version_name;
}

}  // namespace

TokenKey::TokenKey(const TokenKeyView& view)
    : app_version_name(view.app_version_name), token(view.token) {}

std::size_t TokenKeyHash::operator()(const TokenKeyView& key) const {
  return absl::HashOf(absl::string_view(key.app_version_name.data(), key.app_version_name.size()),
                      absl::string_view(key.token.data(), key.token.size()));
}

TokenCache::Shard::Shard(std::size_t max_known)
    : known(max_known), refused(max_known == 0 ? 0 : 1 + max_known / kKnownPerRefused) {}

TokenCache::TokenCache(const TokenDirectoryOptions& options)
    : known_expiry_(options.known_expiry), refused_expiry_(options.refused_expiry) {
  const std::size_t shards =
      std::clamp<std::size_t>(options.max_entries / kMinEntriesOfShard, 1, kMaxShards);
  const std::size_t each = options.max_entries / shards;
  for (std::size_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>(each));
}

TokenCache::Shard& TokenCache::shard_of(const TokenKeyView& key) const {
  // The map inside the shard uses the low bits.
  return *shards_[(TokenKeyHash{}(key) >> 48U) % shards_.size()];
}

bool TokenCache::is_fresh(const Entry& entry, time::Instant now) const {
  if (entry.distrusted || entry.trust != trust_) return false;
  if (entry.answer.result == LookUp::Result::kKnown) return now - entry.asked_at < known_expiry_;
  return entry.refusals == refusals_ && now - entry.asked_at < refused_expiry_;
}

std::optional<TokenCache::Found> TokenCache::find(const TokenKeyView& key, time::Instant now) {
  Shard& shard = shard_of(key);
  concurrency::MutexLock lock(shard.mutex);
  if (const Entry* const known = shard.known.find(key)) {
    return Found{known->answer, is_fresh(*known, now)};
  }
  const Entry* const refused = shard.refused.find(key);
  if (refused == nullptr) return std::nullopt;
  if (refused->trust != trust_ || refused->refusals != refusals_) {
    shard.refused.erase(key);
    return std::nullopt;
  }
  return Found{refused->answer, is_fresh(*refused, now)};
}

TokenCache::Asking TokenCache::asking(time::Instant now) const {
  return {now, trust_, refusals_, revocations_, updates_};
}

TokenCache::Put TokenCache::put(const TokenKeyView& key, const LookUp& answer,
                                const Asking& asking) {
  Shard& shard = shard_of(key);
  concurrency::MutexLock lock(shard.mutex);
  Entry entry{answer, asking.at, asking.trust, asking.refusals};
  const bool known = answer.result == LookUp::Result::kKnown;
  shard.refused.erase(key);
  if (const Entry* const before = shard.known.find(key)) {
    const auto identity = before->answer.identity;
    if (known && same_endpoint(*identity, *answer.identity)) entry.answer.identity = identity;
    forget_id(shard, key, identity->token_id);
    shard.known.erase(key);
  }
  // Read under the shard's lock: drop_tokens(), distrust_application() and distrust_tokens() count
  // first and visit the shards then.
  const bool overtaken = known ? asking.revocations != revocations_ : asking.refusals != refusals_;
  entry.distrusted = asking.updates != updates_;
  const Put put{entry.answer, overtaken};
  if (overtaken) return put;
  if (known) {
    insert_known(shard, key, std::move(entry));
  } else {
    shard.refused.put(key, std::move(entry));
  }
  return put;
}

void TokenCache::insert_known(Shard& shard, const TokenKeyView& key, Entry entry) {
  const std::int64_t token_id = entry.answer.identity->token_id;
  if (const auto* oldest = shard.known.next_to_go()) {
    forget_id(shard, TokenKeyView(oldest->first), oldest->second.answer.identity->token_id);
  }
  const auto* item = shard.known.put(key, std::move(entry));
  if (item != nullptr) shard.by_id.emplace(token_id, TokenKeyView(item->first));
}

void TokenCache::forget_id(Shard& shard, const TokenKeyView& key, std::int64_t token_id) {
  const auto [begin, end] = shard.by_id.equal_range(token_id);
  const auto found =
      std::find_if(begin, end, [&key](const auto& entry) { return entry.second == key; });
  if (found != end) shard.by_id.erase(found);
}

void TokenCache::drop_tokens(const std::vector<std::int64_t>& token_ids) {
  ++revocations_;
  for (const auto& shard : shards_) {
    concurrency::MutexLock lock(shard->mutex);
    for (const std::int64_t id : token_ids) {
      const auto [begin, end] = shard->by_id.equal_range(id);
      for (auto entry = begin; entry != end; ++entry) shard->known.erase(entry->second);
      shard->by_id.erase(begin, end);
    }
  }
}

void TokenCache::distrust_application(const std::string& application_name) {
  ++updates_;
  for (const auto& shard : shards_) {
    concurrency::MutexLock lock(shard->mutex);
    shard->known.for_each([&application_name](Entry& entry) {
      if (entry.answer.identity->application_name == application_name) entry.distrusted = true;
    });
  }
}

void TokenCache::distrust_tokens(const std::vector<std::int64_t>& token_ids) {
  ++updates_;
  for (const auto& shard : shards_) {
    concurrency::MutexLock lock(shard->mutex);
    for (const std::int64_t id : token_ids) {
      const auto [begin, end] = shard->by_id.equal_range(id);
      for (auto entry = begin; entry != end; ++entry) {
        shard->known.find(entry->second)->distrusted = true;
      }
    }
  }
}

void TokenCache::drop_refusals() {
  ++refusals_;
}

void TokenCache::distrust_all() {
  ++trust_;
}

std::size_t TokenCache::size() const {
  std::size_t size = 0;
  for (const auto& shard : shards_) {
    concurrency::MutexLock lock(shard->mutex);
    size += shard->known.size() + shard->refused.size();
  }
  return size;
}

}  // namespace millrace::registry_client
