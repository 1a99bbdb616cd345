// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "gateway/service.h"
#include "gateway/settings.h"
#include "gateway/web_files.h"
#include "lib/process/run.h"

int main(int argc, char** argv) {
  using namespace millrace;
  gateway::Settings settings;
  process::Program program;
  program.name = "gateway";
  program.settings = gateway::declare(settings);
  program.admin_port = 9106;
  program.make_service = [&settings](process::Platform& platform) {
    return std::make_unique<gateway::GatewayService>(settings, gateway::embedded_files(), platform);
  };
  return process::run(argc, argv, std::move(program));
}
