// SPDX-License-Identifier: Apache-2.0
//
// The points that a request asks for, chunk by chunk, however many endpoints and series it means:
// one call of query names at most 1000 of each, so there is call after call. A call that breaks off
// is made again behind what came.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "gateway/endpoint_pages.h"
#include "gateway/epts_calls.h"
#include "gateway/epts_request.h"
#include "lib/concurrency/mutex.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {

// One next() at a time, from any thread.
class PointsReader : public std::enable_shared_from_this<PointsReader> {
 public:
  // Nothing: that was all.
  using Done = std::function<void(absl::StatusOr<std::optional<query::v1::DataPointsChunk>>)>;

  PointsReader(std::shared_ptr<const EptsCalls> calls, const EptsDataRequest& request);

  // Endpoints in the order named, or of id; within them series by name, within them points by time.
  // More than 1000 series come in groups of 1000, each by name.
  void next(Done done);
  // A `done` that is owed may get kCancelled. While next() runs too.
  void cancel();

 private:
  void open_next(Done done);
  void enter(absl::StatusOr<std::vector<std::string>> endpoint_ids, Done done);
  // The call for the current endpoints and series, behind what came of it.
  void open();
  void read(Done done);
  void take(absl::StatusOr<std::optional<std::string>> message, Done done);
  bool may_resume(const absl::Status& failure);

  const std::shared_ptr<const EptsCalls> calls_;
  const std::vector<std::string> series_names_;
  const std::shared_ptr<EndpointPages> pages_;
  query::v1::GetDataPointsRequest call_;
  std::size_t series_done_ = 0;  // of the current endpoints
  bool begun_ = false;           // a chunk came
  bool resumed_ = false;         // and none since
  bool is_open_ = false;

  concurrency::Mutex mutex_;
  std::shared_ptr<rpc::MessageStream> stream_ ABSL_GUARDED_BY(mutex_);
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::gateway
