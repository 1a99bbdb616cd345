// SPDX-License-Identifier: Apache-2.0
//
// Uploads a second of each endpoint, at this process: a token bucket for each endpoint whose
// application limits it, whichever of its tokens and application versions an upload names.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/concurrency/mutex.h"
#include "lib/registry_client/lru_map.h"
#include "lib/registry_client/token_directory.h"
#include "lib/time/token_bucket.h"

namespace millrace::intake {

// Safe to use from any thread. `rules` are those of now, with a limit; the endpoint's bucket goes
// on when they change.
class EndpointQuotas {
 public:
  // Of further endpoints the one that uploaded longest ago is forgotten: its bucket is full again.
  explicit EndpointQuotas(std::size_t max_endpoints);

  // Zero: the upload may go on. Otherwise it may not, and one may after so long.
  std::chrono::nanoseconds take(const std::string& endpoint_id,
                                const registry_client::UploadRules& rules, time::Instant now);
  // For an upload that was taken and not stored, through no fault of the endpoint.
  void give_back(const std::string& endpoint_id, const registry_client::UploadRules& rules);

 private:
  struct Shard {
    explicit Shard(std::size_t max_endpoints) : buckets(max_endpoints) {}
    concurrency::Mutex mutex;
    registry_client::LruMap<std::string, std::string_view, time::TokenBucket> buckets
        ABSL_GUARDED_BY(mutex);
  };

  Shard& shard_of(std::string_view endpoint_id) const;

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace millrace::intake
