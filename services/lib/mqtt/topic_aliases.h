// SPDX-License-Identifier: Apache-2.0
//
// What the topic aliases of one connection stand for, those that its client gives (MQTT 5, section
// 3.3.2.3.4). Takes memory from the first one on, and never more than its bounds. Used by one
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mqtt/fault.h"

namespace millrace::mqtt {

class TopicAliases {
 public:
  // `maximum`: the greatest alias [MQTT-3.2.2-17]. `max_bytes`: what held_bytes() may reach.
  TopicAliases(std::uint16_t maximum, std::size_t max_bytes)
      : maximum_(maximum), max_bytes_(max_bytes) {}

  // `topic` of a PUBLISH with `alias`: a name is what the alias stands for from now on; an empty
  // one becomes what it stands for, valid until the alias is defined again.
  std::optional<Fault> resolve(std::uint16_t alias, std::string_view& topic);

  std::size_t held_bytes() const { return topics_.capacity() * sizeof(std::string) + text_bytes_; }

 private:
  std::optional<Fault> define(std::uint16_t alias, std::string_view topic);

  const std::uint16_t maximum_;
  const std::size_t max_bytes_;
  std::vector<std::string> topics_;  // of alias i + 1; empty: not defined
  std::size_t text_bytes_ = 0;       // of the topics' bytes
};

}  // namespace millrace::mqtt
