// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/batcher.h"

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

}  // namespace

Batcher::Batcher(Options options, Outlet& outlet)
    : options_(options), outlet_(outlet), open_(options.shards, nullptr) {}

void Batcher::add(unsigned shard, std::string record, Done done,
                  const std::optional<trace::TraceContext>& trace) {
  bool closed = false;
  {
    concurrency::MutexLock lock(mutex_);
    closed = closed_;
    if (!closed) {
      Batch& batch = append(shard, std::move(record), std::move(done));
      if (trace.has_value() && !batch.trace.has_value()) batch.trace = trace;
    }
  }
  if (closed) {
    done(absl::CancelledError("the receiver stops"));
    return;
  }
  publish_waiting();
}

Batcher::Batch& Batcher::append(unsigned shard, std::string record, Done done) {
  Batch*& open = open_[shard];
  if (open == nullptr || open->payload.size() + record.size() > options_.max_message_bytes) {
    waiting_.push_back({shard, std::move(record), {}});
    open = &waiting_.back();
  } else {
    open->payload += record;
  }
  open->uploads.push_back(std::move(done));
  return *open;
}

Batcher::Batch Batcher::take_next() {
  Batch& front = waiting_.front();
  if (open_[front.shard] == &front) open_[front.shard] = nullptr;
  Batch batch = std::move(front);
  waiting_.pop_front();
  return batch;
}

std::deque<Batcher::Batch> Batcher::take_all() {
  open_.assign(open_.size(), nullptr);
  return std::exchange(waiting_, {});
}

bool Batcher::begin_publishing() {
  concurrency::MutexLock lock(mutex_);
  return !std::exchange(publishing_, true);
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

void Batcher::publish_waiting() {
  if (!begin_publishing()) return;
  Batch batch;
  while (next_to_publish(batch)) publish(std::move(batch));
}

void Batcher::publish(Batch batch) {
  auto uploads = std::make_shared<std::vector<Done>>(std::move(batch.uploads));
  Message message{batch.shard, std::move(batch.payload), uploads->size(), batch.trace};
  const absl::Status refused =
      outlet_.publish(std::move(message),
                      [this, uploads](const absl::Status& status) { finish(*uploads, status); });
  if (!refused.ok()) finish(*uploads, refused);
}

void Batcher::finish(const std::vector<Done>& uploads, const absl::Status& status) {
  std::deque<Batch> given_up;
  {
    concurrency::MutexLock lock(mutex_);
    --in_flight_;
    if (is_outage(status)) given_up = take_all();
  }
  // First the next message, then the answers: the bus works while the callbacks run.
  publish_waiting();
  for (const Done& done : uploads) done(status);
  for (const Batch& batch : given_up) {
    for (const Done& done : batch.uploads) {
      done(absl::UnavailableError("not sent, because the message bus does not answer"));
    }
  }
}

void Batcher::close() {
  std::deque<Batch> given_up;
  {
    concurrency::MutexLock lock(mutex_);
    closed_ = true;
    given_up = take_all();
  }
  for (const Batch& batch : given_up) {
    for (const Done& done : batch.uploads) done(absl::CancelledError("the receiver stops"));
  }
}

}  // namespace millrace::intake
