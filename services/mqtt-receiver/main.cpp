// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "lib/process/run.h"
#include "mqtt-receiver/service.h"
#include "mqtt-receiver/settings.h"

int main(int argc, char** argv) {
  using namespace millrace;
  mqtt_receiver::Settings settings;
  return process::run(argc, argv,
                      {.name = "mqtt-receiver",
                       .settings = mqtt_receiver::declare(settings),
                       .admin_port = 9102,
                       .make_service =
                           [&settings](process::Platform& platform) {
                             return std::make_unique<mqtt_receiver::MqttReceiver>(settings,
                                                                                  platform);
                           },
                       .migrate = nullptr});
}
