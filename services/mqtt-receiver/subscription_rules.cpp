// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/subscription_rules.h"

#include <array>
#include <cstddef>

#include "lib/mqtt/topic.h"

namespace millrace::mqtt_receiver {

namespace {

// kp1/<app-version>/dcx/<token>/…: "" stands for any text.
constexpr std::array<std::string_view, 4> kLeadingLevels = {"kp1", "", "dcx", ""};

bool is_of_one_endpoint(std::string_view filter) {
  for (const std::string_view expected : kLeadingLevels) {
    const std::size_t slash = filter.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view level = filter.substr(0, slash);
    if (level.empty() || level == "+") return false;
    if (!expected.empty() && level != expected) return false;
    filter.remove_prefix(slash + 1);
  }
  return !filter.empty();
}

}  // namespace

mqtt::ReasonCode grant(const mqtt::Subscription& subscription) {
  if (!mqtt::is_valid_topic_filter(subscription.filter)) {
    return mqtt::ReasonCode::kTopicFilterInvalid;
  }
  if (!is_of_one_endpoint(subscription.filter)) return mqtt::ReasonCode::kNotAuthorized;
  switch (subscription.qos) {
    case mqtt::Qos::kAtMostOnce:
      return mqtt::ReasonCode::kSuccess;
    case mqtt::Qos::kAtLeastOnce:
      return mqtt::ReasonCode::kGrantedQos1;
    case mqtt::Qos::kExactlyOnce:
      break;
  }
  return mqtt::ReasonCode::kGrantedQos2;
}

bool is_shared(std::string_view filter) {
  return filter.starts_with("$share/");
}

}  // namespace millrace::mqtt_receiver
