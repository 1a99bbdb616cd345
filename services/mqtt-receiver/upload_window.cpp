// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/upload_window.h"

#include <algorithm>
#include <utility>

namespace millrace::mqtt_receiver {

namespace {

// An outage of the bus lasts a reconnect or a restart: look soon, then not too often.
constexpr std::chrono::milliseconds kFirstBackoff{100};
constexpr std::chrono::milliseconds kMaxBackoff{2000};

// Places that are kept when nothing is in flight: most devices send one upload at a time.
constexpr std::size_t kKeptEntries = 2;

// Places of answered uploads before the window moves to the front of its memory.
constexpr std::size_t kAnsweredEntries = 32;

}  // namespace

std::uint64_t UploadWindow::add(PendingUpload upload) {
  bytes_ += size_of(upload);
  // By four: a burst fills the window in a few steps, and each moves all that is in it.
  if (entries_.size() == entries_.capacity() && !entries_.empty()) {
    entries_.reserve(entries_.size() * 4);
  }
  entries_.push_back(Entry{.upload = std::move(upload)});
  return first_id_ + count() - 1;
}

std::size_t UploadWindow::size_of(const PendingUpload& upload) {
  std::size_t bytes = upload.topic.size() + upload.body_bytes;
  if (upload.properties != nullptr) {
    bytes += sizeof(RequestProperties) + upload.properties->response_topic.size();
    if (upload.properties->correlation_data) bytes += upload.properties->correlation_data->size();
  }
  return bytes;
}

UploadWindow::Entry* UploadWindow::entry(std::uint64_t id) {
  if (id < first_id_ || id - first_id_ >= count()) return nullptr;
  Entry& found = entries_[begin_ + (id - first_id_)];
  return found.state == State::kSettled ? nullptr : &found;
}

const PendingUpload* UploadWindow::find(std::uint64_t id) const {
  if (id < first_id_ || id - first_id_ >= count()) return nullptr;
  const Entry& found = entries_[begin_ + (id - first_id_)];
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
  if (empty() || entries_[begin_].state != State::kSettled) return std::nullopt;
  Entry& front = entries_[begin_];
  bytes_ -= size_of(front.upload);
  Answered answered{std::move(front.upload), std::move(front.receipt)};
  drop_front();
  return answered;
}

void UploadWindow::drop_front() {
  ++first_id_;
  ++begin_;
  if (begin_ == entries_.size()) {
    entries_.clear();
    begin_ = 0;
    // swap, because clear() keeps the memory.
    if (entries_.capacity() > kKeptEntries) std::vector<Entry>().swap(entries_);
  } else if (begin_ >= kAnsweredEntries && begin_ >= entries_.size() / 2) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
}

std::vector<std::uint64_t> UploadWindow::take_due(time::Instant now) {
  std::vector<std::uint64_t> due;
  const bool probe_now = postponed_ > 0 && !probe_ && now >= retry_at_;
  if (!resubmit_all_ && !probe_now) return due;
  for (std::size_t i = begin_; i < entries_.size(); ++i) {
    if (entries_[i].state != State::kPostponed) continue;
    entries_[i].state = State::kSubmitted;
    --postponed_;
    due.push_back(first_id_ + (i - begin_));
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
