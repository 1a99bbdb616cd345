// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/endpoint_quotas.h"

#include <algorithm>

namespace millrace::intake {
namespace {

constexpr std::size_t kMaxShards = 16;
// Small ones are not split: each shard has a bound of its own.
constexpr std::size_t kMinEndpointsOfShard = 1024;

time::BucketRate rate_of(const registry_client::UploadRules& rules) {
  return {rules.max_uploads_per_second, static_cast<double>(rules.max_upload_burst)};
}

}  // namespace

EndpointQuotas::EndpointQuotas(std::size_t max_endpoints) {
  const std::size_t shards =
      std::clamp<std::size_t>(max_endpoints / kMinEndpointsOfShard, 1, kMaxShards);
  const std::size_t each = std::max<std::size_t>(max_endpoints / shards, 1);
  for (std::size_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>(each));
}

EndpointQuotas::Shard& EndpointQuotas::shard_of(std::string_view endpoint_id) const {
  // The map inside the shard uses the low bits.
  return *shards_[(std::hash<std::string_view>{}(endpoint_id) >> 48U) % shards_.size()];
}

std::chrono::nanoseconds EndpointQuotas::take(const std::string& endpoint_id,
                                              const registry_client::UploadRules& rules,
                                              time::Instant now) {
  Shard& shard = shard_of(endpoint_id);
  concurrency::MutexLock lock(shard.mutex);
  if (time::TokenBucket* const bucket = shard.buckets.find(endpoint_id)) {
    return bucket->take(rate_of(rules), now);
  }
  time::TokenBucket bucket;
  const std::chrono::nanoseconds wait = bucket.take(rate_of(rules), now);
  shard.buckets.put(endpoint_id, bucket);
  return wait;
}

void EndpointQuotas::give_back(const std::string& endpoint_id,
                               const registry_client::UploadRules& rules) {
  Shard& shard = shard_of(endpoint_id);
  concurrency::MutexLock lock(shard.mutex);
  if (time::TokenBucket* const bucket = shard.buckets.find(endpoint_id)) {
    bucket->give_back(rate_of(rules));
  }
}

}  // namespace millrace::intake
