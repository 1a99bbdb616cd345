// SPDX-License-Identifier: Apache-2.0
#include "lib/concurrency/wait.h"

#include <condition_variable>
#include <mutex>

namespace millrace::concurrency {

bool sleep_for(std::stop_token stop, std::chrono::milliseconds duration) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock<std::mutex> lock(mutex);
  condition.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace millrace::concurrency
