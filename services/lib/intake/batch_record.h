// SPDX-License-Identifier: Apache-2.0
//
// One upload as the bytes it has inside a DataSamplesBatch. Records one after the other are a
// serialized batch, so a message grows by appending, and nothing is serialized twice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::intake {

// The fields of a DataSamplesEvent that a receiver sets, with their meaning there.
struct EventFields {
  std::string_view correlation_id = {};
  std::int64_t receipt_time_us = 0;
  std::string_view application_name = {};
  std::string_view app_version_name = {};
  std::string_view endpoint_id = {};
  std::string_view data_samples = {};
  std::uint32_t sample_count = 0;
  std::string_view traceparent = {};
};

// The same bytes as protobuf makes of such an event, in one allocation: a DataSamplesEvent would
// copy each text once more, and check all of them for UTF-8, which is known of them here.
std::string batch_record(const EventFields& event);

}  // namespace millrace::intake
