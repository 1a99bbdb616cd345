// SPDX-License-Identifier: Apache-2.0
//
// One answer made of many: series that one request cannot name are asked for in slices, endpoint by
// endpoint, and what breaks off is asked for again behind what came. The rows come in the order of
// one answer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

#include <absl/status/status.h>
#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/progress.h"
#include "cli/resumption.h"
#include "lib/concurrency/wait.h"
#include "lib/error/error.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::cli {

inline const auto& times_of(const query::v1::DataPointsChunk& chunk) {
  return chunk.timestamps_us();
}
inline const auto& times_of(const query::v1::AggregateChunk& chunk) {
  return chunk.window_starts_us();
}

using Names = std::span<const std::string>;

// Series that one request may name: query refuses more.
inline constexpr std::size_t kMaxSeriesAtOnce = 1000;

template <class Request, class Chunk>
class SlicedReader {
 public:
  using Each = std::function<absl::Status(Chunk&)>;
  using Stream = std::function<absl::Status(const Request&, const Each&)>;

  // `each` takes the chunks; `stream` makes one call. Both outlive the reader.
  SlicedReader(Run& run, Request request, const Stream& stream, const Each& each)
      : run_(run), request_(std::move(request)), stream_(stream), each_(each) {
    left_ = request_.limit();
  }

  absl::Status read(Names endpoint_ids, Names series_names, Progress& progress);

 private:
  absl::Status read_slice(Names endpoint_ids, Names series_names, Progress& progress);
  bool is_full() const { return request_.limit() > 0 && left_ <= 0; }

  Run& run_;
  Request request_;
  const Stream& stream_;
  const Each& each_;
  std::int64_t left_ = 0;  // of the limit, where there is one
};

template <class Request, class Chunk>
absl::Status SlicedReader<Request, Chunk>::read(Names endpoint_ids, Names series_names,
                                                Progress& progress) {
  const std::size_t endpoints_at_once =
      series_names.size() <= kMaxSeriesAtOnce ? endpoint_ids.size() : std::size_t{1};
  for (; !endpoint_ids.empty(); endpoint_ids = endpoint_ids.subspan(endpoints_at_once)) {
    for (Names rest = series_names; !rest.empty();) {
      const Names slice = rest.first(std::min(rest.size(), kMaxSeriesAtOnce));
      MILLRACE_RETURN_IF_ERROR(read_slice(endpoint_ids.first(endpoints_at_once), slice, progress));
      if (is_full()) return absl::OkStatus();
      rest = rest.subspan(slice.size());
    }
  }
  return absl::OkStatus();
}

template <class Request, class Chunk>
absl::Status SlicedReader<Request, Chunk>::read_slice(Names endpoint_ids, Names series_names,
                                                      Progress& progress) {
  request_.mutable_endpoint_ids()->Assign(endpoint_ids.begin(), endpoint_ids.end());
  request_.mutable_time_series_names()->Assign(series_names.begin(), series_names.end());
  request_.clear_resume_token();
  Resumption resumption;
  while (true) {
    if (request_.limit() > 0) request_.set_limit(left_);
    const absl::Status status = stream_(request_, [&](Chunk& chunk) -> absl::Status {
      const auto& times = times_of(chunk);
      left_ -= times.size();
      MILLRACE_RETURN_IF_ERROR(each_(chunk));
      if (!times.empty()) progress.add(times.size(), times[times.size() - 1]);
      if (chunk.resume_token().empty()) return absl::OkStatus();
      request_.set_resume_token(chunk.resume_token());
      resumption.received();
      return absl::OkStatus();
    });
    if (status.ok() || is_full()) return absl::OkStatus();
    const auto pause = resumption.pause_after(status);
    if (!pause) return status;
    progress.end();
    run_.note(fmt::format("{}; going on behind what came in {} ms", error::message(status),
                          pause->count()));
    concurrency::sleep_for(std::stop_token(), *pause);
  }
}

}  // namespace millrace::cli
