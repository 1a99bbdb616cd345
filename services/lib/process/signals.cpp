// SPDX-License-Identifier: Apache-2.0
#include "lib/process/signals.h"

#include <utility>

#include <unistd.h>

namespace millrace::process {

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&watched_);
  sigaddset(&watched_, SIGTERM);
  sigaddset(&watched_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &watched_, &previous_);
}

Signals::~Signals() {
  unwatch();
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

void Signals::watch(Reactions reactions) {
  thread_ = std::jthread([this, reactions = std::move(reactions)](const std::stop_token& finished) {
    receive(finished, reactions);
  });
}

void Signals::unwatch() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  // A signal to that thread alone ends its sigwait(); it is blocked and terminates nothing.
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread)
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void Signals::receive(const std::stop_token& finished, const Reactions& reactions) {
  while (true) {
    int number = 0;
    if (sigwait(&watched_, &number) != 0) continue;
    if (finished.stop_requested()) return;
    const std::string_view name = number == SIGINT ? "SIGINT" : "SIGTERM";
    if (stop_.stop_requested()) {
      reactions.second(name);
      _exit(1);
    }
    reactions.first(name);
    stop_.request_stop();
  }
}

}  // namespace millrace::process
