// SPDX-License-Identifier: Apache-2.0
//
// Why writers cannot store at the moment, for whoever asks how epts is: PostgreSQL may answer and
// still take nothing, because it is read-only or its disk is full. Safe to use from any thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lib/concurrency/mutex.h"

namespace millrace::epts {

class StoreFaults {
 public:
  // `writer`: whose attempt failed; only compared.
  void failed(const void* writer, std::string cause) {
    const concurrency::MutexLock lock(mutex_);
    causes_.insert_or_assign(writer, std::move(cause));
  }
  // It succeeded, or went away.
  void over(const void* writer) {
    const concurrency::MutexLock lock(mutex_);
    causes_.erase(writer);
  }
  // Of one of those that fail. Nothing: the last attempt of each writer succeeded.
  std::optional<std::string> any() const {
    const concurrency::MutexLock lock(mutex_);
    return causes_.empty() ? std::nullopt : std::optional(causes_.begin()->second);
  }

 private:
  mutable concurrency::Mutex mutex_;
  std::map<const void*, std::string> causes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::epts
