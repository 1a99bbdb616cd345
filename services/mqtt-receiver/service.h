// SPDX-License-Identifier: Apache-2.0
//
// The composition root of the receiver.
#pragma once

#include <memory>
#include <thread>

#include "lib/process/run.h"
#include "lib/registry_client/credential_directory.h"
#include "mqtt-receiver/listener.h"
#include "mqtt-receiver/settings.h"

namespace millrace::mqtt_receiver {

class MqttReceiver final : public process::Service {
 public:
  MqttReceiver(const Settings& settings, process::Platform& platform);

  absl::Status start(std::stop_token stop) override;
  void reload() override { listener_.reload(); }
  void stop(std::chrono::milliseconds deadline) override;

 private:
  absl::Status open_credentials();

  const Settings settings_;
  process::Platform& platform_;
  Listener listener_;  // before intake_: receipts and revocations go to it until intake_ is gone
  std::unique_ptr<intake::ConnectedIntake> intake_;
  std::unique_ptr<registry_client::CredentialDirectory> credentials_;  // over intake_'s connection
  std::jthread upkeep_;                                                // of credentials_
};

}  // namespace millrace::mqtt_receiver
