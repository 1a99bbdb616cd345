// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/client_registry.h"

#include <utility>

namespace millrace::mqtt_receiver {

void ClientRegistry::claim(const std::string& client_id, ConnectionAddress owner) {
  ConnectionAddress previous;
  {
    concurrency::MutexLock lock(mutex_);
    previous = std::exchange(owners_[client_id], owner);
  }
  if (previous.worker != nullptr && !(previous == owner)) {
    previous.worker->put_taken_over(previous.connection);
  }
}

void ClientRegistry::release(const std::string& client_id, ConnectionAddress owner) {
  concurrency::MutexLock lock(mutex_);
  const auto found = owners_.find(client_id);
  if (found != owners_.end() && found->second == owner) owners_.erase(found);
}

std::size_t ClientRegistry::size() const {
  concurrency::MutexLock lock(mutex_);
  return owners_.size();
}

}  // namespace millrace::mqtt_receiver
