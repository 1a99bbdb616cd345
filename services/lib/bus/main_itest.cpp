// SPDX-License-Identifier: Apache-2.0
//
// Tests of lib/bus against nats-servers that they start themselves (--nats-server=PATH). With
// --bench: figures of the publisher against the server at --nats-url instead.
#include <iostream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "lib/bus/nats_server_process.h"
#include "lib/bus/publisher_figures.h"

namespace {

std::string value_of(std::string_view argument, std::string_view flag) {
  return argument.substr(0, flag.size()) == flag ? std::string(argument.substr(flag.size())) : "";
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::string url;
  bool bench = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (const auto path = value_of(argument, "--nats-server="); !path.empty()) {
      millrace::bus::NatsServerProcess::set_program(path);
    }
    if (const auto given = value_of(argument, "--nats-url="); !given.empty()) url = given;
    if (argument == "--bench") bench = true;
  }
  if (!bench) return RUN_ALL_TESTS();
  if (url.empty()) {
    std::cerr << "cannot measure: name a server with --nats-url\n";
    return 2;
  }
  return millrace::bus::print_publisher_figures(url) ? 0 : 1;
}
