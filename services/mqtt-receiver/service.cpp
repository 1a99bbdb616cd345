// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/service.h"

#include <algorithm>

#include "lib/error/error.h"

namespace millrace::mqtt_receiver {

MqttReceiver::MqttReceiver(const Settings& settings, process::Platform& platform)
    : settings_(settings), platform_(platform), listener_(listener_options(settings), platform) {
  platform_.readiness.set("mqtt", false, "not listening yet");
}

absl::Status MqttReceiver::start(std::stop_token stop) {
  MILLRACE_ASSIGN_OR_RETURN(
      intake_, intake::Intake::create(
                   settings_.intake, [this](std::int64_t token_id) { listener_.revoke(token_id); },
                   platform_, stop));
  MILLRACE_RETURN_IF_ERROR(listener_.start(*intake_));
  platform_.readiness.set("mqtt", true, "listening");
  return absl::OkStatus();
}

void MqttReceiver::stop(std::chrono::milliseconds deadline) {
  const time::Instant until = platform_.clock.instant() + deadline;
  platform_.readiness.set("mqtt", false, "stopping");
  const std::size_t abandoned = listener_.stop(deadline);
  if (abandoned > 0) {
    platform_.log.warning("ended connections before they were answered",
                          {{"connections", abandoned}});
  }
  if (intake_ == nullptr) return;
  // QoS 0 uploads of devices that have gone.
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - platform_.clock.instant());
  if (!intake_->drain(std::max(left, std::chrono::milliseconds{0}))) {
    platform_.log.warning("stopped before all uploads were in the stream");
  }
  intake_.reset();
}

}  // namespace millrace::mqtt_receiver
