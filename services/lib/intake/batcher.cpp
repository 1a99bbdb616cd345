// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/batcher.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace millrace::intake {
namespace {

// The bus as a whole does not answer, so that the next message would fare no better. A full stream
// (kResourceExhausted) answers at once, and may take a smaller message.
bool is_outage(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

// Of memory that a message is given before anything is in it: with many shards there are as many.
constexpr std::size_t kReservedBytes = 64U << 10U;

}  // namespace

Batcher::Batcher(Options options, Outlet& outlet, Published published)
    : options_(options),
      outlet_(outlet),
      published_(std::move(published)),
      open_(options.shards, nullptr) {}

void Batcher::add(unsigned shard, std::string record, std::unique_ptr<Pending> upload) {
  {
    concurrency::MutexLock lock(mutex_);
    if (!closed_) return append(shard, std::move(record), std::move(upload));
  }
  PendingUploads late;
  late.push_back(std::move(upload));
  published_(std::move(late), absl::CancelledError("the receiver stops"));
}

void Batcher::append(unsigned shard, std::string record, std::unique_ptr<Pending> upload) {
  Batch& batch = open_batch(shard, record.size());
  if (batch.payload.empty() && batch.payload.capacity() < record.size()) {
    batch.payload = std::move(record);
  } else {
    batch.payload += record;
  }
  if (upload->trace.has_value() && !batch.trace.has_value()) batch.trace = upload->trace;
  batch.uploads.push_back(std::move(upload));
}

// The message of `shard` that has room for the record.
Batcher::Batch& Batcher::open_batch(unsigned shard, std::size_t record_bytes) {
  Batch*& open = open_[shard];
  if (open != nullptr && open->payload.size() + record_bytes <= options_.max_message_bytes) {
    return *open;
  }
  waiting_.push_back({shard, {}, {}});
  open = &waiting_.back();
  // It grows only while others are in flight.
  if (in_flight_ == options_.max_in_flight) {
    open->payload.reserve(std::min(last_bytes_, kReservedBytes));
    open->uploads.reserve(last_uploads_);
  }
  return *open;
}

Batcher::Batch Batcher::take_next() {
  Batch& front = waiting_.front();
  if (open_[front.shard] == &front) open_[front.shard] = nullptr;
  Batch batch = std::move(front);
  waiting_.pop_front();
  last_bytes_ = batch.payload.size();
  last_uploads_ = batch.uploads.size();
  return batch;
}

std::deque<Batcher::Batch> Batcher::take_all() {
  open_.assign(open_.size(), nullptr);
  return std::exchange(waiting_, {});
}

// Whether there is something to publish and nobody who does: then this thread must.
bool Batcher::begin_publishing() {
  concurrency::MutexLock lock(mutex_);
  if (publishing_ || waiting_.empty() || in_flight_ == options_.max_in_flight) return false;
  return publishing_ = true;
}

// False when there is nothing to do; the thread has given publishing up then.
bool Batcher::next_to_publish(Batch& batch) {
  concurrency::MutexLock lock(mutex_);
  if (waiting_.empty() || in_flight_ == options_.max_in_flight) {
    publishing_ = false;
    return false;
  }
  batch = take_next();
  ++in_flight_;
  return true;
}

void Batcher::publish() {
  if (!begin_publishing()) return;
  Batch batch;
  while (next_to_publish(batch)) publish(std::move(batch));
}

void Batcher::publish(Batch batch) {
  // Shared, because the outlet copies its callback.
  const auto uploads = std::make_shared<PendingUploads>(std::move(batch.uploads));
  Message message{batch.shard, std::move(batch.payload), uploads->size(), batch.trace};
  const absl::Status refused = outlet_.publish(
      std::move(message),
      [this, uploads](const absl::Status& status) { finish(std::move(*uploads), status); });
  if (!refused.ok()) finish(std::move(*uploads), refused);
}

void Batcher::finish(PendingUploads uploads, const absl::Status& status) {
  std::deque<Batch> given_up;
  {
    concurrency::MutexLock lock(mutex_);
    --in_flight_;
    if (is_outage(status)) given_up = take_all();
  }
  // First the next message, then the answers: the bus works while the callbacks run.
  publish();
  published_(std::move(uploads), status);
  give_up(std::move(given_up),
          absl::UnavailableError("not sent, because the message bus does not answer"));
}

void Batcher::give_up(std::deque<Batch> batches, const absl::Status& status) {
  for (Batch& batch : batches) published_(std::move(batch.uploads), status);
}

void Batcher::close() {
  std::deque<Batch> given_up;
  {
    concurrency::MutexLock lock(mutex_);
    closed_ = true;
    given_up = take_all();
  }
  give_up(std::move(given_up), absl::CancelledError("the receiver stops"));
}

}  // namespace millrace::intake
