// SPDX-License-Identifier: Apache-2.0
#include "registry/work_queue.h"

#include <utility>

namespace millrace::registry {

WorkQueue::WorkQueue(const Options& options) : capacity_(options.capacity) {
  for (std::size_t i = 0; i < options.workers; ++i) threads_.emplace_back([this] { run(); });
}

WorkQueue::~WorkQueue() {
  stop();
}

bool WorkQueue::push(Work work) {
  {
    concurrency::MutexLock lock(mutex_);
    if (stopped_ || waiting_.size() >= capacity_) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void WorkQueue::stop() {
  {
    concurrency::MutexLock lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::jthread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkQueue::run() {
  while (true) {
    Work work;
    {
      concurrency::MutexLock lock(mutex_);
      while (waiting_.empty() && !stopped_) changed_.wait(mutex_);
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

}  // namespace millrace::registry
