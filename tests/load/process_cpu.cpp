// SPDX-License-Identifier: Apache-2.0
#include "load/process_cpu.h"

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace millrace::load {

absl::StatusOr<double> cpu_seconds(int pid) {
  const std::string path = fmt::format("/proc/{}/stat", pid);
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  // The second field is the program's name in parentheses, and may have anything in it.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) {
    return absl::NotFoundError(
        fmt::format("cannot read {}: no process has the id {}; see --pid", path, pid));
  }
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  if (!(fields >> user >> system)) {
    return absl::InternalError(fmt::format("{} has no CPU times: '{}'", path, line));
  }
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace millrace::load
