// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/upload_window.h"

#include <algorithm>
#include <utility>

namespace millrace::mqtt_receiver {

namespace {

// An outage of the bus lasts a reconnect or a restart: look soon, then not too often.
constexpr std::chrono::milliseconds kFirstBackoff{100};
constexpr std::chrono::milliseconds kMaxBackoff{2000};

}  // namespace

std::uint64_t UploadWindow::add(PendingUpload upload) {
  bytes_ += size_of(upload);
  entries_.push_back(Entry{.upload = std::move(upload)});
  return first_id_ + entries_.size() - 1;
}

UploadWindow::Entry* UploadWindow::entry(std::uint64_t id) {
  if (id < first_id_ || id - first_id_ >= entries_.size()) return nullptr;
  Entry& found = entries_[id - first_id_];
  return found.state == State::kSettled ? nullptr : &found;
}

const PendingUpload* UploadWindow::find(std::uint64_t id) const {
  if (id < first_id_ || id - first_id_ >= entries_.size()) return nullptr;
  const Entry& found = entries_[id - first_id_];
  return found.state == State::kSettled ? nullptr : &found.upload;
}

void UploadWindow::settle(std::uint64_t id, intake::Receipt receipt) {
  Entry* found = entry(id);
  if (found == nullptr) return;
  if (found->state == State::kPostponed) --postponed_;
  found->state = State::kSettled;
  found->receipt = std::move(receipt);
  if (probe_ == id) {
    probe_.reset();
    resubmit_all_ = postponed_ > 0;
  }
}

void UploadWindow::postpone(std::uint64_t id, time::Instant now) {
  Entry* found = entry(id);
  if (found == nullptr || found->state != State::kSubmitted) return;
  if (!unavailable()) {
    give_up_at_ = now + limits_.unavailable_timeout;
    backoff_ = kFirstBackoff;
    retry_at_ = now + backoff_;
  }
  if (probe_ == id) {
    probe_.reset();
    backoff_ = std::min(backoff_ * 2, kMaxBackoff);
    retry_at_ = now + backoff_;
  }
  found->state = State::kPostponed;
  ++postponed_;
}

std::optional<UploadWindow::Answered> UploadWindow::take_answered() {
  if (entries_.empty() || entries_.front().state != State::kSettled) return std::nullopt;
  Entry& front = entries_.front();
  bytes_ -= size_of(front.upload);
  Answered answered{std::move(front.upload), std::move(front.receipt)};
  entries_.pop_front();
  ++first_id_;
  return answered;
}

std::vector<std::uint64_t> UploadWindow::take_due(time::Instant now) {
  std::vector<std::uint64_t> due;
  const bool probe_now = postponed_ > 0 && !probe_ && now >= retry_at_;
  if (!resubmit_all_ && !probe_now) return due;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].state != State::kPostponed) continue;
    entries_[i].state = State::kSubmitted;
    --postponed_;
    due.push_back(first_id_ + i);
    if (!resubmit_all_) {
      probe_ = due.back();
      break;
    }
  }
  resubmit_all_ = false;
  return due;
}

time::Instant UploadWindow::next_deadline() const {
  if (!unavailable()) return time::Instant::max();
  return probe_ ? give_up_at_ : std::min(retry_at_, give_up_at_);
}

}  // namespace millrace::mqtt_receiver
