// SPDX-License-Identifier: Apache-2.0
#include "lib/concurrency/waker.h"

#include <algorithm>

namespace millrace::concurrency {
namespace {

thread_local WakeScope* current = nullptr;

}  // namespace

void Waker::wake() {
  if (current == nullptr) return wake_();
  std::vector<const Waker*>& wakers = current->wakers_;
  if (std::find(wakers.begin(), wakers.end(), this) == wakers.end()) wakers.push_back(this);
}

WakeScope::WakeScope() : outermost_(current == nullptr) {
  if (outermost_) current = this;
}

WakeScope::~WakeScope() {
  if (!outermost_) return;
  current = nullptr;
  for (const Waker* waker : wakers_) waker->wake_();
}

}  // namespace millrace::concurrency
