// SPDX-License-Identifier: Apache-2.0
//
// The answers of the registry about tokens, with a bound, expiries, and what events take away. Pure
// but for its locks: the time is given. Safe to use from any thread; sharded, because every sample
// of every connection comes through here.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/concurrency/mutex.h"
#include "lib/registry_client/lru_map.h"
#include "lib/registry_client/token_directory.h"
#include "lib/time/clock.h"

namespace millrace::registry_client {

struct TokenKeyView;

struct TokenKey {
  TokenKey(std::string version, std::string token_text)
      : app_version_name(std::move(version)), token(std::move(token_text)) {}
  explicit TokenKey(const TokenKeyView& view);
  std::string app_version_name;
  std::string token;
};

struct TokenKeyView {
  TokenKeyView(std::string_view version, std::string_view token_text)
      : app_version_name(version), token(token_text) {}
  explicit TokenKeyView(const TokenKey& key)
      : app_version_name(key.app_version_name), token(key.token) {}
  bool operator==(const TokenKeyView&) const = default;
  std::string_view app_version_name;
  std::string_view token;
};

// Seeded for each process: devices choose the tokens they send.
struct TokenKeyHash {
  std::size_t operator()(const TokenKeyView& key) const;
};

class TokenCache {
 public:
  explicit TokenCache(const TokenDirectoryOptions& options);

  struct Found {
    LookUp answer;
    // False: to be asked again. What was known is used while the registry is away; a refusal whose
    // time is up, and which no event has touched, while too many unknown tokens are asked about.
    bool fresh = false;
    bool is_known() const { return answer.result == LookUp::Result::kKnown; }
  };
  std::optional<Found> find(const TokenKeyView& key, time::Instant now);

  // Taken before the registry is asked: an event that comes between question and answer must not be
  // undone by an answer from before it.
  struct Asking {
    time::Instant at;
    std::uint64_t trust = 0;
    std::uint64_t refusals = 0;
    std::uint64_t revocations = 0;
    std::uint64_t updates = 0;
  };
  Asking asking(time::Instant now) const;

  struct Put {
    // To hand out: when the same token was known before, with the Identity from then, whose receipt
    // times go on.
    LookUp answer;
    // An event has overtaken the answer: it may be about what was before, and was not kept.
    bool overtaken = false;
  };
  // `answer`: known or a refusal.
  Put put(const TokenKeyView& key, const LookUp& answer, const Asking& asking);

  void drop_tokens(const std::vector<std::int64_t>& token_ids);
  void drop_refusals();
  // Its rules have changed: its known tokens are to be asked again.
  void distrust_application(const std::string& application_name);
  // The same of these tokens.
  void distrust_tokens(const std::vector<std::int64_t>& token_ids);
  // Events may have been missed: every entry is to be asked again.
  void distrust_all();
  std::size_t size() const;

 private:
  struct Entry {
    LookUp answer;
    time::Instant asked_at;
    std::uint64_t trust = 0;
    std::uint64_t refusals = 0;
    bool distrusted = false;  // its application has changed since it was asked about
  };
  using Map = LruMap<TokenKey, TokenKeyView, Entry, TokenKeyHash>;
  struct Shard {
    explicit Shard(std::size_t max_known);
    mutable concurrency::Mutex mutex;
    // A key is in one of them. Apart, because anybody can make up tokens: those would push out the
    // known ones, which must go on working while the registry is away.
    Map known ABSL_GUARDED_BY(mutex);
    Map refused ABSL_GUARDED_BY(mutex);
    // Known tokens by id; the views point into the keys of `known`.
    std::unordered_multimap<std::int64_t, TokenKeyView> by_id ABSL_GUARDED_BY(mutex);
  };

  Shard& shard_of(const TokenKeyView& key) const;
  bool is_fresh(const Entry& entry, time::Instant now) const;
  static void forget_id(Shard& shard, const TokenKeyView& key, std::int64_t token_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  static void insert_known(Shard& shard, const TokenKeyView& key, Entry entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  const std::chrono::milliseconds known_expiry_;
  const std::chrono::milliseconds refused_expiry_;
  std::atomic<std::uint64_t> trust_{0};
  std::atomic<std::uint64_t> refusals_{0};
  std::atomic<std::uint64_t> revocations_{0};
  std::atomic<std::uint64_t> updates_{0};
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace millrace::registry_client
