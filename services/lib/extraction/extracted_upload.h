// SPDX-License-Identifier: Apache-2.0
//
// What is taken of an upload, sample by sample, as columns: nothing is allocated for a sample once
// the memory is there. For one thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "lib/extraction/extraction.h"

namespace millrace::extraction {

class ExtractedUpload {
 public:
  // Begins an upload, and its first sample.
  void clear();

  std::size_t sample_count() const { return bounds_.size(); }
  // Whether a value may hold a string that points into the upload's text.
  bool has_texts() const { return has_texts_; }

  // Of the sample at work.
  std::size_t value_count() const { return values_.size() - first_value_; }
  // Adds what convert() makes of `found`; the rest of the value is set. Adds nothing where it gives
  // a reason.
  std::optional<time_series::RejectionReason> add_value(const ExtractedValue& value,
                                                        const FoundValue& found,
                                                        std::size_t max_string_bytes) {
    ExtractedValue& added = values_.emplace_back(value);
    const auto reason = convert(found, max_string_bytes, added);
    if (reason) values_.pop_back();
    has_texts_ = has_texts_ || found.kind == FoundValue::Kind::kString;
    return reason;
  }
  // Leaves the first `count` values.
  void drop_values(std::size_t count) { values_.resize(first_value_ + count); }
  std::size_t refused() const { return refused_; }
  void refuse(const Refusal& refusal);
  // Instead of everything that was added.
  void refuse_sample(const Refusal& refusal);
  void set_time(time::UnixMicros time, std::string_view from_there);
  // Its text is [begin, end) of the upload.
  void end_sample(std::size_t begin, std::size_t end);

  // After the last sample.
  void build(std::string_view json);
  // `count` samples that give nothing, instead.
  void build_empty(std::size_t count) { samples_.assign(count, ExtractedSample()); }
  std::span<const ExtractedSample> samples() const { return samples_; }

 private:
  struct Bounds {
    std::size_t first_value, last_value, first_refusal, last_refusal, begin, end;
  };

  std::vector<ExtractedValue> values_;
  std::vector<Refusal> refusals_;
  std::vector<Bounds> bounds_;
  // While the columns grow without its views, which build() fills in.
  std::vector<ExtractedSample> samples_;
  std::size_t first_value_ = 0;
  std::size_t first_refusal_ = 0;
  std::size_t refused_ = 0;
  bool has_texts_ = false;
  std::optional<time::UnixMicros> time_;
  std::string_view from_time_;
};

}  // namespace millrace::extraction
