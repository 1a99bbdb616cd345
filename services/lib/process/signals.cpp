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
  sigaddset(&watched_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &watched_, &previous_);
}

Signals::~Signals() {
  unwatch();
  // One that comes so late changes nothing; by itself it would end the process.
  std::signal(SIGHUP, SIG_IGN);
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
    if (number == SIGHUP) {
      request_reload();
      continue;
    }
    const std::string_view name = number == SIGINT ? "SIGINT" : "SIGTERM";
    if (stop_.stop_requested()) {
      reactions.second(name);
      _exit(1);
    }
    reactions.first(name);
    request_stop();
  }
}

void Signals::request_stop() {
  stop_.request_stop();
  // Under the mutex, so that it is not missed between the look and the wait.
  concurrency::MutexLock lock(mutex_);
  requested_.notify_all();
}

void Signals::request_reload() {
  concurrency::MutexLock lock(mutex_);
  reload_ = true;
  requested_.notify_all();
}

Signals::Request Signals::wait() {
  concurrency::MutexLock lock(mutex_);
  while (true) {
    if (stop_.stop_requested()) return Request::kStop;
    if (std::exchange(reload_, false)) return Request::kReload;
    requested_.wait(mutex_);
  }
}

}  // namespace millrace::process
