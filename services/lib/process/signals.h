// SPDX-License-Identifier: Apache-2.0
//
// SIGTERM and SIGINT as a stop request: the first one asks, the second one ends the process. SIGHUP
// as a request to read files anew.
#pragma once

#include <csignal>
#include <functional>
#include <stop_token>
#include <string_view>
#include <thread>

#include "lib/concurrency/mutex.h"

namespace millrace::process {

// Make it before any other thread exists: threads inherit the blocked signals, so that only the
// thread in here receives them. SIGPIPE is ignored from then on: a broken connection is an error of
// the write that met it.
class Signals {
 public:
  // Called on the signal thread, with "SIGTERM" or "SIGINT".
  struct Reactions {
    std::function<void(std::string_view signal)> first;   // before the stop is requested
    std::function<void(std::string_view signal)> second;  // before the process ends
  };

  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Begins to react. Signals that came before are not lost.
  void watch(Reactions reactions);
  // Reacts no more: whatever the reactions refer to may go. Signals stay blocked.
  void unwatch();

  enum class Request { kReload, kStop };
  // Waits for the next request. SIGHUPs that came since the last one are one reload; after a stop
  // there is nothing else.
  Request wait();

  // Requested by the first signal.
  std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  void receive(const std::stop_token& finished, const Reactions& reactions);
  void request_stop();
  void request_reload();

  sigset_t watched_{};
  sigset_t previous_{};
  std::stop_source stop_;
  concurrency::Mutex mutex_;
  concurrency::CondVar requested_;
  bool reload_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace millrace::process
