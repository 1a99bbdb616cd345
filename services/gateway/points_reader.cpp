// SPDX-License-Identifier: Apache-2.0
#include "gateway/points_reader.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/util/time_util.h>

#include "lib/time/clock.h"

namespace millrace::gateway {
namespace {

using google::protobuf::util::TimeUtil;

// In one call of query.
constexpr std::size_t kMaxEndpoints = 1000;
constexpr std::size_t kMaxSeries = 1000;

query::v1::GetDataPointsRequest call_of(const EptsDataRequest& request) {
  query::v1::GetDataPointsRequest call;
  call.set_application_name(request.application);
  *call.mutable_from() = TimeUtil::MicrosecondsToTimestamp(time::to_unix_us(request.range.from));
  *call.mutable_to() = TimeUtil::MicrosecondsToTimestamp(time::to_unix_us(request.range.to));
  call.set_include_time(query::v1::INCLUDE_TIME_FROM);
  call.set_order(request.order);
  return call;
}

}  // namespace

PointsReader::PointsReader(std::shared_ptr<const EptsCalls> calls, const EptsDataRequest& request)
    : calls_(std::move(calls)),
      series_names_(request.series_names),
      pages_(std::make_shared<EndpointPages>(
          calls_, request.application, request.endpoint_ids,
          series_names_.size() <= kMaxSeries ? kMaxEndpoints : std::size_t{1})),
      call_(call_of(request)),
      series_done_(series_names_.size()) {}

void PointsReader::next(Done done) {
  if (is_open_) return read(std::move(done));
  open_next(std::move(done));
}

void PointsReader::cancel() {
  std::shared_ptr<rpc::MessageStream> stream;
  {
    const concurrency::MutexLock lock(mutex_);
    cancelled_ = true;
    stream = stream_;
  }
  if (stream != nullptr) stream->cancel();
}

void PointsReader::open_next(Done done) {
  if (series_done_ < series_names_.size()) {
    open();
    return read(std::move(done));
  }
  pages_->next([self = shared_from_this(),
                done = std::move(done)](absl::StatusOr<std::vector<std::string>> ids) mutable {
    self->enter(std::move(ids), std::move(done));
  });
}

void PointsReader::enter(absl::StatusOr<std::vector<std::string>> endpoint_ids, Done done) {
  if (!endpoint_ids.ok()) return done(endpoint_ids.status());
  if (endpoint_ids->empty()) return done(std::nullopt);
  call_.mutable_endpoint_ids()->Assign(endpoint_ids->begin(), endpoint_ids->end());
  series_done_ = 0;
  open_next(std::move(done));
}

void PointsReader::open() {
  const std::size_t count = std::min(kMaxSeries, series_names_.size() - series_done_);
  const auto first = series_names_.begin() + static_cast<std::ptrdiff_t>(series_done_);
  call_.mutable_time_series_names()->Assign(first, first + static_cast<std::ptrdiff_t>(count));
  std::shared_ptr<rpc::MessageStream> stream = calls_->points(call_);
  is_open_ = true;
  const concurrency::MutexLock lock(mutex_);
  stream_ = std::move(stream);
}

void PointsReader::read(Done done) {
  std::shared_ptr<rpc::MessageStream> stream;
  {
    const concurrency::MutexLock lock(mutex_);
    if (!cancelled_) stream = stream_;
  }
  if (stream == nullptr) return done(absl::CancelledError("the reader has gone"));
  stream->next([self = shared_from_this(), done = std::move(done)](
                   absl::StatusOr<std::optional<std::string>> message) mutable {
    self->take(std::move(message), std::move(done));
  });
}

void PointsReader::take(absl::StatusOr<std::optional<std::string>> message, Done done) {
  if (!message.ok()) {
    if (!may_resume(message.status())) return done(message.status());
    open();
    return read(std::move(done));
  }
  if (!message->has_value()) {
    is_open_ = false;
    series_done_ += static_cast<std::size_t>(call_.time_series_names_size());
    call_.clear_resume_token();
    return open_next(std::move(done));
  }
  query::v1::DataPointsChunk chunk;
  if (!chunk.ParseFromString(**message)) {
    return done(absl::DataLossError("cannot read query's answer: it is no DataPointsChunk"));
  }
  begun_ = true;
  resumed_ = false;
  call_.set_resume_token(chunk.resume_token());
  done(std::optional(std::move(chunk)));
}

// What never began is not asked for again: the caller is told at once. DEADLINE_EXCEEDED is query's
// bound of one call, or of a client that reads slowly.
bool PointsReader::may_resume(const absl::Status& failure) {
  const bool may =
      begun_ && !resumed_ && (absl::IsUnavailable(failure) || absl::IsDeadlineExceeded(failure));
  if (may) resumed_ = true;
  return may;
}

}  // namespace millrace::gateway
