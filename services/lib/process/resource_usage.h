// SPDX-License-Identifier: Apache-2.0
//
// What the process takes of the machine, under the names every Prometheus client gives it:
// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds,
// process_threads, process_start_time_seconds.
#pragma once

#include "lib/metrics/metric.h"
#include "lib/time/clock.h"

namespace millrace::process {

// Read from the kernel on each scrape. Call once in a process, at its start.
void expose_resource_usage(metrics::Registry& metrics, const time::Clock& clock);

}  // namespace millrace::process
