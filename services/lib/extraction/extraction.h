// SPDX-License-Identifier: Apache-2.0
//
// From an upload's JSON and the application's series rules to values and refusals. Pure: the same
// text and rules give the same answer, and nothing outside is asked or changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <absl/status/status.h>

#include "lib/extraction/compiled_rules.h"
#include "lib/extraction/value_conversion.h"
#include "lib/time/clock.h"
#include "lib/time_series/rejection.h"

namespace millrace::extraction {

struct ExtractionLimits {
  // Values of one sample. A sample with more is refused as a whole.
  std::size_t max_fields = 1000;
  // Of an auto-extracted field's name. Series names are index entries in PostgreSQL, which end near
  // 2,700 bytes.
  std::size_t max_name_bytes = 256;
  // Of a string, decoded.
  std::size_t max_string_bytes = 64 << 10;
};

// What could not be taken of a sample: a field of auto-extraction, the point of a configured
// series, or the whole sample.
struct Refusal {
  time_series::RejectionReason reason = time_series::RejectionReason::kWrongType;
  std::string_view path;  // of the value that was refused; empty: the sample as a whole
  // As sent, at most kMaxRejectedValueBytes of it; empty: nothing is there.
  std::string_view value;
};

struct ExtractedSample {
  // Those of one series are neighbours. None where the sample is refused as a whole.
  std::span<const ExtractedValue> values;
  // The first kMaxRefusals; and how many there are.
  std::span<const Refusal> refusals;
  std::size_t refused = 0;
  // What the sample says itself. Nothing: its time is when it was received.
  std::optional<time::UnixMicros> time;
  std::string_view from_time;  // the upload, from the value on that says so
  std::string_view json;       // the sample as sent; empty where it is no object

  bool is_empty() const { return values.empty() && refused == 0; }
};

// A sample could give a thousand.
inline constexpr std::size_t kMaxRefusals = 10;

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
                       const CompiledRules& rules);

  // One for each sample of the upload. Points into this object, the upload and the rules.
  std::span<const ExtractedSample> samples() const;

  // Strings stay valid until then, over further uploads, at the price of a copy of each upload that
  // has any. What samples() gave becomes invalid too.
  void release_texts();

 private:
  class Handler;
  std::unique_ptr<Handler> handler_;
};

// "auto~", before the field's name.
inline constexpr std::string_view kAutoPrefix = "auto~";

}  // namespace millrace::extraction
