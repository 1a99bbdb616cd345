// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/topic_aliases.h"

#include <utility>

namespace millrace::mqtt {

std::optional<Fault> TopicAliases::resolve(std::uint16_t alias, std::string_view& topic) {
  // [MQTT-3.3.2-8], [MQTT-3.3.2-9]
  if (alias == 0 || alias > maximum_) return Fault::kInvalidTopicAlias;
  if (!topic.empty()) return define(alias, topic);
  if (alias > topics_.size() || topics_[alias - 1U].empty()) return Fault::kInvalidTopicAlias;
  topic = topics_[alias - 1U];
  return std::nullopt;
}

std::optional<Fault> TopicAliases::define(std::uint16_t alias, std::string_view topic) {
  const std::size_t known = alias <= topics_.size() ? topics_[alias - 1U].size() : 0;
  if (known > 0 && topics_[alias - 1U] == topic) return std::nullopt;
  const std::size_t slots = alias > topics_.capacity() ? alias : topics_.capacity();
  const std::size_t text_bytes = text_bytes_ - known + topic.size();
  if (slots * sizeof(std::string) + text_bytes > max_bytes_) return Fault::kTopicAliasesTooLarge;
  if (alias > topics_.size()) {
    topics_.reserve(slots);  // not twice as many, as resize() likes it
    topics_.resize(alias);
  }
  topics_[alias - 1U] = std::string(topic);  // not assign(), which would keep a longer one's room
  text_bytes_ = text_bytes;
  return std::nullopt;
}

}  // namespace millrace::mqtt
