// SPDX-License-Identifier: Apache-2.0
//
// Which connection speaks for a client id: of two, the later [MQTT-3.1.4-2].
#pragma once

#include <string>

#include <absl/container/flat_hash_map.h>

#include "lib/concurrency/mutex.h"
#include "mqtt-receiver/mailbox.h"

namespace millrace::mqtt_receiver {

// Where a connection is reached from another thread.
struct ConnectionAddress {
  Mailbox* worker = nullptr;  // outlives every connection
  ConnectionId connection = 0;

  friend bool operator==(const ConnectionAddress&, const ConnectionAddress&) = default;
};

// Safe to use from any thread. Bounded by the connections: each has one entry at most.
class ClientRegistry {
 public:
  // `owner` speaks for `client_id` from now on; a connection that did until now is told.
  void claim(const std::string& client_id, ConnectionAddress owner);
  // Does nothing when another has claimed it since.
  void release(const std::string& client_id, ConnectionAddress owner);

  std::size_t size() const;

 private:
  mutable concurrency::Mutex mutex_;
  absl::flat_hash_map<std::string, ConnectionAddress> owners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::mqtt_receiver
