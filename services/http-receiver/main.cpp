// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/service.h"
#include "lib/process/run.h"

int main(int argc, char** argv) {
  using namespace millrace;
  http_receiver::Settings settings;
  process::Program program;
  program.name = "http-receiver";
  program.settings = http_receiver::declare(settings);
  program.admin_port = 9101;
  program.make_service = [&settings](process::Platform& platform) {
    return std::make_unique<http_receiver::HttpReceiver>(settings, platform);
  };
  return process::run(argc, argv, std::move(program));
}
