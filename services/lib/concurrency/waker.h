// SPDX-License-Identifier: Apache-2.0
//
// Waking another thread once for many things. Who hands out hundreds of things to a few threads
// opens a WakeScope: each of them wakes when all is there, instead of at the first piece, to find
// one, sleep again, and be woken for the next.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace millrace::concurrency {

// Safe to use from any thread. Outlives the scopes in which it is woken.
class Waker {
 public:
  // `wake` must not block, and must not wake itself.
  explicit Waker(std::function<void()> wake) : wake_(std::move(wake)) {}
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  // Now; where this thread has a WakeScope, at its end, once.
  void wake();

 private:
  friend class WakeScope;
  const std::function<void()> wake_;
};

// Of the thread that makes it. Of scopes in each other the outermost counts.
class WakeScope {
 public:
  WakeScope();
  ~WakeScope();
  WakeScope(const WakeScope&) = delete;
  WakeScope& operator=(const WakeScope&) = delete;

 private:
  friend class Waker;
  bool outermost_ = false;
  std::vector<const Waker*> wakers_;  // few: one a thread that is woken
};

}  // namespace millrace::concurrency
