// SPDX-License-Identifier: Apache-2.0
//
// SIGTERM and SIGINT as a stop request: the first one asks, the second one ends the process.
#pragma once

#include <csignal>
#include <functional>
#include <stop_token>
#include <string_view>
#include <thread>

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

  // Requested by the first signal.
  std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  void receive(const std::stop_token& finished, const Reactions& reactions);

  sigset_t watched_{};
  sigset_t previous_{};
  std::stop_source stop_;
  std::jthread thread_;
};

}  // namespace millrace::process
