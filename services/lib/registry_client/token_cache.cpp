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
  if (entry.trust != trust_) return false;
  if (entry.answer.result == LookUp::Result::kKnown) return now - entry.asked_at < known_expiry_;
  return entry.refusals == refusals_ && now - entry.asked_at < refused_expiry_;
}

std::optional<TokenCache::Found> TokenCache::find(const TokenKeyView& key, time::Instant now) {
  Shard& shard = shard_of(key);
  concurrency::MutexLock lock(shard.mutex);
  const Entry* const entry = shard.map.find(key);
  if (entry == nullptr) return std::nullopt;
  const bool fresh = is_fresh(*entry, now);
  if (!fresh && entry->answer.result != LookUp::Result::kKnown) {
    shard.map.erase(key);
    return std::nullopt;
  }
  return Found{entry->answer, fresh};
}

TokenCache::Asking TokenCache::asking(time::Instant now) const {
  return {now, trust_, refusals_, revocations_};
}

TokenCache::Put TokenCache::put(const TokenKeyView& key, const LookUp& answer,
                                const Asking& asking) {
  Shard& shard = shard_of(key);
  concurrency::MutexLock lock(shard.mutex);
  Entry entry{answer, asking.at, asking.trust, asking.refusals};
  const bool known = answer.result == LookUp::Result::kKnown;
  if (const Entry* const before = shard.map.find(key)) {
    if (known && before->answer.result == LookUp::Result::kKnown &&
        same_endpoint(*before->answer.identity, *answer.identity)) {
      entry.answer.identity = before->answer.identity;
    }
    forget_id(shard, key, before->answer);
    shard.map.erase(key);
  }
  // Read under the shard's lock: drop_tokens() counts first and visits the shards then.
  const bool overtaken = known ? asking.revocations != revocations_ : asking.refusals != refusals_;
  const Put put{entry.answer, overtaken};
  if (!overtaken) insert(shard, key, std::move(entry));
  return put;
}

void TokenCache::insert(Shard& shard, const TokenKeyView& key, Entry entry) {
  const bool known = entry.answer.result == LookUp::Result::kKnown;
  const std::int64_t token_id = known ? entry.answer.identity->token_id : 0;
  if (const auto* oldest = shard.map.next_to_go()) {
    forget_id(shard, TokenKeyView(oldest->first), oldest->second.answer);
  }
  const auto* item = shard.map.put(key, std::move(entry));
  if (known && item != nullptr) shard.by_id.emplace(token_id, TokenKeyView(item->first));
}

void TokenCache::forget_id(Shard& shard, const TokenKeyView& key, const LookUp& answer) {
  if (answer.result != LookUp::Result::kKnown) return;
  const auto [begin, end] = shard.by_id.equal_range(answer.identity->token_id);
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
      for (auto entry = begin; entry != end; ++entry) shard->map.erase(entry->second);
      shard->by_id.erase(begin, end);
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
    size += shard->map.size();
  }
  return size;
}

}  // namespace millrace::registry_client
