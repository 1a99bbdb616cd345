// SPDX-License-Identifier: Apache-2.0
//
// One call of Subscribe. It has no thread: gRPC says when an answer was taken, the feed when there
// is something new, the subscribers' threads open it and read the tables for it, a page at a time
// and only when the client took the one before.
//
// Locks: the feed's may be held when that of a call is taken, never the other way round.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "lib/concurrency/mutex.h"
#include "lib/rpc/server.h"
#include "lib/time_series/writes_reader.h"
#include "query/live_feed.h"
#include "query/request_rules.h"
#include "query/subscription.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

class Subscribers;

// Why a call cannot go on when the stream is another one.
absl::Status stream_replaced();

// Whether a caller may read an application.
using CheckAccess =
    std::function<absl::Status(const rpc::Caller& caller, const std::string& application_name)>;

class SubscribeCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                            public LiveReader,
                            public std::enable_shared_from_this<SubscribeCall> {
 public:
  SubscribeCall(Subscribers& owner, grpc::CallbackServerContext& context,
                const grpc::ByteBuffer& request, CheckAccess check_access);

  // On a thread of the subscribers', one at a time: the next thing that takes time.
  void work();
  // Every 100 ms.
  void tick();
  // Once; what comes later changes nothing.
  void end(const absl::Status& status);
  // Puts it into the queue for work() if there is any.
  void wake();

  // Of gRPC.
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // Of the feed.
  void on_covered(bool covered) override;
  void on_disturbed(const std::string& why) override;
  void on_points(const SharedWrites& writes) override;
  void on_settled(const Settled& settled) override;
  void on_stream_replaced() override;

 private:
  // In subscribe_work.cpp, on the thread of work().
  absl::Status open();
  absl::Status check_request();
  absl::Status check_key();
  absl::StatusOr<StreamMoment> first_moment();
  absl::Status start(const StreamMoment& moment);
  absl::Status read();
  bool begin_reading();
  absl::StatusOr<Subscription::Page> read_page();
  absl::Status retry_later(const absl::Status& failure);

  void change(const std::function<void(Subscription&, time::Instant)>& change);
  void pump(time::Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void schedule(time::Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void write(const Subscription::Answer& answer, time::Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void write(std::vector<grpc::Slice> slices, time::Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void write_owed_token(time::Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string token_part(bool always, time::Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void end_locked(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void finish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Subscribers& owner_;
  grpc::CallbackServerContext& context_;  // until OnDone
  const rpc::Calls::Begun begun_;
  const absl::StatusOr<std::string> key_;
  const grpc::ByteBuffer raw_request_;
  const CheckAccess check_access_;

  // Of work(), which one thread at a time runs.
  std::optional<Subscribed> request_;
  bool is_admitted_ = false;
  std::int64_t key_id_ = 0;  // of the caller, once he is known
  bool is_known_ = false;    // the application exists
  StreamMoment moment_;
  std::optional<std::int32_t> application_key_;
  std::optional<time_series::WritesReader> reader_;

  concurrency::Mutex mutex_;
  bool is_queued_ ABSL_GUARDED_BY(mutex_) = false;
  time::Instant not_before_ ABSL_GUARDED_BY(mutex_);
  time::Instant check_key_at_ ABSL_GUARDED_BY(mutex_);
  std::optional<Subscription> subscription_ ABSL_GUARDED_BY(mutex_);
  std::optional<LiveFeed::Id> feed_id_ ABSL_GUARDED_BY(mutex_);
  // gRPC reads it until the write is done.
  grpc::ByteBuffer outgoing_ ABSL_GUARDED_BY(mutex_);
  std::optional<time::Instant> writing_since_ ABSL_GUARDED_BY(mutex_);
  time::Instant token_sent_ ABSL_GUARDED_BY(mutex_);
  bool is_token_owed_ ABSL_GUARDED_BY(mutex_) = false;  // points were sent since the last one
  std::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
  time::Instant ended_at_ ABSL_GUARDED_BY(mutex_);
  bool is_done_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::query
