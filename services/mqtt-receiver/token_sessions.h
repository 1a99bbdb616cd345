// SPDX-License-Identifier: Apache-2.0
//
// Which connections of a worker have used a token: they are cut when it is revoked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "mqtt-receiver/mailbox.h"

namespace millrace::mqtt_receiver {

// A gateway may speak for any number of endpoints over one connection; so many of the latest are
// remembered. An upload with a revoked token is refused whether it is remembered or not.
inline constexpr std::size_t kMaxTokensPerConnection = 4096;

// Used by its worker's thread only.
class TokenSessions {
 public:
  void add(ConnectionId connection, std::int64_t token_id);
  void remove(ConnectionId connection);
  std::vector<ConnectionId> using_token(std::int64_t token_id) const;

  std::size_t token_count() const { return connections_.size(); }

 private:
  void forget(ConnectionId connection, std::int64_t token_id);

  absl::flat_hash_map<std::int64_t, absl::flat_hash_set<ConnectionId>> connections_;
  absl::flat_hash_map<ConnectionId, std::deque<std::int64_t>> tokens_;  // oldest first
};

}  // namespace millrace::mqtt_receiver
