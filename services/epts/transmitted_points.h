// SPDX-License-Identifier: Apache-2.0
//
// Points that somebody else than epts made: a DataPointsEvent that an external transmitter
// published under its own subject (14/TSTP) travels through epts as an upload of a content type of
// its own, each point one sample. So points share with samples what happens to a message from the
// fetch to its end, and a point that is rejected can be replayed. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/extraction/extraction.h"
#include "lib/extraction/refusal_text.h"
#include "lib/time_series/sample_batch.h"

#include "millrace/telemetry/v1/data_points.pb.h"
#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::epts {

// Of one event. JSON repeats the series' name and the other words of the event for each point that
// is rejected: without bounds a message could grow to many times its size.
inline constexpr int kMaxPointsOfEvent = 10'000;
inline constexpr std::size_t kMaxEventNameBytes = 1024;

// kInvalidArgument: `payload` is no DataPointsEvent, or is beyond a bound.
absl::StatusOr<telemetry::v1::DataSamplesEvent> upload_of_points(std::string_view payload);

class TransmittedPoints {
 public:
  explicit TransmittedPoints(extraction::ExtractionLimits limits) : limits_(limits) {}

  // What batches borrow of it is of no more use.
  void clear();
  // The upload's text as people can read it, for rejected_sample. Borrowed by the batch.
  std::string_view readable(const telemetry::v1::DataSamplesEvent& upload);
  // Adds the points of an upload that was begun in `batch`; they share `facts` but for seq and
  // times, and have late texts. Returns how many of them had no values, which are not in the batch.
  // kInvalidArgument: they cannot be read, and nothing was added.
  absl::StatusOr<std::uint64_t> add(const telemetry::v1::DataSamplesEvent& upload,
                                    time_series::SampleBatch::Facts facts,
                                    const extraction::AcceptanceWindow& window,
                                    time::UnixMicros now, time_series::SampleBatch& batch);

 private:
  // An event of the batch, and the texts of its points.
  class Event final : public time_series::SampleBatch::LateTexts {
   public:
    Event(telemetry::v1::DataPointsEvent event, std::int64_t first_seq)
        : event_(std::move(event)), first_seq_(first_seq) {}
    const telemetry::v1::DataPointsEvent& get() const { return event_; }
    std::string text(const time_series::SampleBatch::Sample& sample) const override;

   private:
    const telemetry::v1::DataPointsEvent event_;
    const std::int64_t first_seq_;
  };

  std::optional<time_series::Rejection> fault_of(const telemetry::v1::DataPointsEvent& event,
                                                 const telemetry::v1::DataPoint& point) const;
  std::optional<time_series::Rejection> fault_of(const std::string& name,
                                                 const telemetry::v1::PointValue& value) const;
  void add_values(const telemetry::v1::DataPointsEvent& event,
                  const telemetry::v1::DataPoint& point,
                  const time_series::SampleBatch::Facts& facts, time_series::SampleBatch& batch);

  const extraction::ExtractionLimits limits_;
  std::deque<Event> events_;
  std::deque<std::string> kept_;
  std::string shape_;
  std::vector<double> numbers_;
  std::vector<std::string_view> texts_;
};

}  // namespace millrace::epts
