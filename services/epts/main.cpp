// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "epts/schema.h"
#include "epts/service.h"
#include "epts/settings.h"
#include "lib/process/run.h"

int main(int argc, char** argv) {
  using namespace millrace;
  epts::Settings settings;
  return process::run(argc, argv,
                      {.name = "epts",
                       .settings = epts::declare(settings),
                       .admin_port = 9103,
                       .make_service =
                           [&settings](process::Platform& platform) {
                             return std::make_unique<epts::EptsService>(settings, platform);
                           },
                       .migrate =
                           [&settings](process::Platform& platform, std::stop_token stop) {
                             return epts::migrate(settings, platform, stop);
                           }});
}
