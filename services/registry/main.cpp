// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "lib/process/run.h"
#include "registry/service.h"
#include "registry/settings.h"

int main(int argc, char** argv) {
  using namespace millrace;
  registry::Settings settings;
  return process::run(argc, argv,
                      {.name = "registry",
                       .settings = registry::declare(settings),
                       .admin_port = 9104,
                       .make_service =
                           [&settings](process::Platform& platform) {
                             return std::make_unique<registry::RegistryService>(settings, platform);
                           },
                       .migrate =
                           [&settings](process::Platform& platform, std::stop_token stop) {
                             return registry::migrate(settings, platform, stop);
                           }});
}
