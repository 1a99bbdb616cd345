// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/command_line.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const millrace::time::SystemClock clock;
  return millrace::cli::run(argc, argv, {std::cin, std::cout, std::cerr, clock});
}
