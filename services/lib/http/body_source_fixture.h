// SPDX-License-Identifier: Apache-2.0
//
// For tests: bodies that a test makes piece by piece.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/concurrency/mutex.h"
#include "lib/http/message.h"

namespace millrace::http {

// Owes its piece until the test gives it.
class HeldSource final : public BodySource {
 public:
  void next(Next done) override {
    concurrency::MutexLock lock(mutex_);
    done_ = std::move(done);
    ++asked_;
    changed_.notify_all();
  }
  void cancel() override {
    concurrency::MutexLock lock(mutex_);
    ++cancelled_;
    changed_.notify_all();
  }

  // Waits until a piece is asked for.
  void give(absl::StatusOr<std::optional<std::string>> piece) {
    Next done;
    {
      concurrency::MutexLock lock(mutex_);
      while (done_ == nullptr) changed_.wait(mutex_);
      done = std::exchange(done_, nullptr);
    }
    done(std::move(piece));
  }
  void end() { give(std::nullopt); }
  // Waits until a piece is asked for, and takes what answers it.
  Next take() {
    concurrency::MutexLock lock(mutex_);
    while (done_ == nullptr) changed_.wait(mutex_);
    return std::exchange(done_, nullptr);
  }
  void wait_until_cancelled() {
    concurrency::MutexLock lock(mutex_);
    while (cancelled_ == 0) changed_.wait(mutex_);
  }

  int asked() const {
    concurrency::MutexLock lock(mutex_);
    return asked_;
  }
  int cancelled() const {
    concurrency::MutexLock lock(mutex_);
    return cancelled_;
  }

 private:
  mutable concurrency::Mutex mutex_;
  concurrency::CondVar changed_;
  Next done_ ABSL_GUARDED_BY(mutex_);
  int asked_ ABSL_GUARDED_BY(mutex_) = 0;
  int cancelled_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Gives its pieces at once, on the thread that asks; then `end`, which is the end or an error.
class ListSource final : public BodySource {
 public:
  explicit ListSource(std::vector<std::string> pieces, absl::Status end = absl::OkStatus())
      : pieces_(std::move(pieces)), end_(std::move(end)) {}

  void next(Next done) override {
    if (at_ < pieces_.size()) return done(pieces_[at_++]);
    if (!end_.ok()) return done(end_);
    done(std::nullopt);
  }
  void cancel() override { cancelled_ = true; }
  bool cancelled() const { return cancelled_; }

 private:
  const std::vector<std::string> pieces_;
  const absl::Status end_;
  std::size_t at_ = 0;
  bool cancelled_ = false;
};

}  // namespace millrace::http
