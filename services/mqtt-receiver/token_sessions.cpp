// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/token_sessions.h"

namespace millrace::mqtt_receiver {

void TokenSessions::add(ConnectionId connection, std::int64_t token_id) {
  if (!connections_[token_id].insert(connection).second) return;
  std::deque<std::int64_t>& tokens = tokens_[connection];
  tokens.push_back(token_id);
  if (tokens.size() > kMaxTokensPerConnection) {
    forget(connection, tokens.front());
    tokens.pop_front();
  }
}

void TokenSessions::remove(ConnectionId connection) {
  const auto found = tokens_.find(connection);
  if (found == tokens_.end()) return;
  for (const std::int64_t token_id : found->second) forget(connection, token_id);
  tokens_.erase(found);
}

void TokenSessions::forget(ConnectionId connection, std::int64_t token_id) {
  const auto found = connections_.find(token_id);
  if (found == connections_.end()) return;
  found->second.erase(connection);
  if (found->second.empty()) connections_.erase(found);
}

std::vector<ConnectionId> TokenSessions::using_token(std::int64_t token_id) const {
  const auto found = connections_.find(token_id);
  if (found == connections_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

}  // namespace millrace::mqtt_receiver
