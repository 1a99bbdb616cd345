// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/command_line.h"

namespace {

millrace::cli::Terminal terminal() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return {::isatty(STDOUT_FILENO) == 1, ::isatty(STDERR_FILENO) == 1, known ? size.ws_col : 0};
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const millrace::time::SystemClock clock;
  return millrace::cli::run(argc, argv, {std::cin, std::cout, std::cerr, clock, terminal()});
}
