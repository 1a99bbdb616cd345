// SPDX-License-Identifier: Apache-2.0
//
// From an upload's JSON and the application's series rules to values and refusals. Pure: the same
// text and rules give the same answer, and nothing outside is asked or changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

#include "lib/time_series/rejection.h"

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::epts {

struct ExtractionLimits {
  // Values of one sample. A sample with more is refused as a whole.
  std::size_t max_fields = 1000;
  // Of a field's name. Series names are index entries in PostgreSQL, which end near 2,700 bytes.
  std::size_t max_name_bytes = 256;
};

// Series auto~<name>, value "value".
struct ExtractedField {
  std::string_view name;
  double number = 0;
};

struct FieldRefusal {
  time_series::RejectionReason reason = time_series::RejectionReason::kNumberOutOfRange;
  std::string_view name;  // of the field; of a sample as a whole: empty
};

struct ExtractedSample {
  std::span<const ExtractedField> fields;  // each name once
  std::span<const FieldRefusal> refusals;
  std::string_view json;  // the sample as sent; empty where it is no object
};

// For one thread; keeps its memory from upload to upload.
class Extraction {
 public:
  explicit Extraction(ExtractionLimits limits);
  ~Extraction();
  Extraction(const Extraction&) = delete;
  Extraction& operator=(const Extraction&) = delete;

  // Takes an upload apart: an array is a batch of samples, any other value one sample. What
  // samples() gave before becomes invalid. kInvalidArgument: no JSON, or nested too deeply, or not
  // `sample_count` samples; receivers let none of these pass.
  absl::Status extract(std::string_view json, std::uint32_t sample_count,
                       const configuration::v1::SeriesRules& rules);

  // One for each sample of the upload. Points into this object and into the upload.
  std::span<const ExtractedSample> samples() const;

 private:
  class Handler;
  std::unique_ptr<Handler> handler_;
};

// "auto~", before the field's name.
inline constexpr std::string_view kAutoPrefix = "auto~";

}  // namespace millrace::epts
