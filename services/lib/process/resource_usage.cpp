// SPDX-License-Identifier: Apache-2.0
#include "lib/process/resource_usage.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace millrace::process {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Without the entry of the reading itself for /proc/self/fd, near enough for both uses.
double entries_in(const char* folder) {
  std::error_code fault;
  const std::filesystem::directory_iterator entries(folder, fault);
  return fault ? 0 : static_cast<double>(std::distance(begin(entries), end(entries)));
}

double most_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void expose_resource_usage(metrics::Registry& metrics, const time::Clock& clock) {
  const auto cpu =
      metrics.counter("process_cpu_seconds_total", "User and system CPU time, seconds.");
  const auto memory = metrics.gauge("process_resident_memory_bytes", "Resident memory, bytes.");
  const auto files = metrics.gauge("process_open_fds", "Open file descriptors.");
  const auto threads = metrics.gauge("process_threads", "Threads.");
  const auto max_files =
      metrics.gauge("process_max_fds", "Most file descriptors the process may have open.");
  metrics.gauge("process_start_time_seconds", "When the process started, seconds since 1970.")
      .set(static_cast<double>(time::to_unix_us(clock.now())) / 1e6);
  metrics.on_scrape([cpu, memory, files, max_files, threads] {
    cpu.increment(cpu_seconds() - cpu.value());
    memory.set(resident_bytes());
    files.set(entries_in("/proc/self/fd"));
    // Each time: a service may raise it.
    max_files.set(most_files());
    threads.set(entries_in("/proc/self/task"));
  });
}

}  // namespace millrace::process
