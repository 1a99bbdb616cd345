// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "lib/process/run.h"
#include "query/service.h"
#include "query/settings.h"

int main(int argc, char** argv) {
  using namespace millrace;
  query::Settings settings;
  process::Program program;
  program.name = "query";
  program.settings = query::declare(settings);
  program.admin_port = 9105;
  program.make_service = [&settings](process::Platform& platform) {
    return std::make_unique<query::QueryService>(settings, platform);
  };
  return process::run(argc, argv, std::move(program));
}
