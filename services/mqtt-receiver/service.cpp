// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/service.h"

#include <algorithm>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"

namespace millrace::mqtt_receiver {
namespace {

// Condition of readiness. Once they are known they are kept.
constexpr char kRulesKnown[] = "client_authentication";

}  // namespace

MqttReceiver::MqttReceiver(const Settings& settings, process::Platform& platform)
    : settings_(settings), platform_(platform), listener_(listener_options(settings), platform) {
  platform_.readiness.set("mqtt", false, "not listening yet");
}

absl::Status MqttReceiver::start(std::stop_token stop) {
  MILLRACE_ASSIGN_OR_RETURN(
      intake_, intake::Intake::create(
                   settings_.intake, [this](std::int64_t token_id) { listener_.revoke(token_id); },
                   platform_, stop));
  MILLRACE_RETURN_IF_ERROR(open_credentials());
  MILLRACE_RETURN_IF_ERROR(listener_.start({*intake_, *credentials_}));
  platform_.readiness.set("mqtt", true, "listening");
  return absl::OkStatus();
}

absl::Status MqttReceiver::open_credentials() {
  using registry_client::AuthenticationRules;
  platform_.readiness.set(kRulesKnown, false,
                          "the registry has not said yet what clients have to show");
  MILLRACE_ASSIGN_OR_RETURN(
      credentials_,
      registry_client::CredentialDirectory::create(
          intake_->connection(), {},
          {.on_revoked = [this](std::int64_t id) { listener_.revoke_credentials(id); },
           .on_rules_changed =
               [this](const AuthenticationRules& rules) {
                 listener_.change_rules(rules);
                 platform_.readiness.set(kRulesKnown, true, "known");
               }},
          platform_));
  upkeep_ = std::jthread([this](const std::stop_token& stop) {
    while (concurrency::sleep_for(stop, std::chrono::seconds{1})) credentials_->keep_up();
  });
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
  upkeep_ = {};
  credentials_.reset();
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
