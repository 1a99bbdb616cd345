// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/extracted_upload.h"

namespace millrace::extraction {

void ExtractedUpload::clear() {
  values_.clear();
  refusals_.clear();
  bounds_.clear();
  samples_.clear();
  first_value_ = first_refusal_ = refused_ = 0;
  has_texts_ = false;
  time_.reset();
  from_time_ = {};
}

void ExtractedUpload::refuse(const Refusal& refusal) {
  if (refused_++ < kMaxRefusals) refusals_.push_back(refusal);
}

void ExtractedUpload::refuse_sample(const Refusal& refusal) {
  drop_values(0);
  refusals_.resize(first_refusal_);
  refused_ = 0;
  refuse(refusal);
}

void ExtractedUpload::set_time(time::UnixMicros time, std::string_view from_there) {
  time_ = time;
  from_time_ = from_there;
}

void ExtractedUpload::end_sample(std::size_t begin, std::size_t end) {
  bounds_.push_back({first_value_, values_.size(), first_refusal_, refusals_.size(), begin, end});
  ExtractedSample& sample = samples_.emplace_back();
  sample.refused = refused_;
  sample.time = time_;
  sample.from_time = from_time_;
  first_value_ = values_.size();
  first_refusal_ = refusals_.size();
  refused_ = 0;
  time_.reset();
  from_time_ = {};
}

void ExtractedUpload::build(std::string_view json) {
  const std::span<const ExtractedValue> values(values_);
  const std::span<const Refusal> refusals(refusals_);
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    const Bounds& of = bounds_[i];
    samples_[i].values = values.subspan(of.first_value, of.last_value - of.first_value);
    samples_[i].refusals = refusals.subspan(of.first_refusal, of.last_refusal - of.first_refusal);
    samples_[i].json = json.substr(of.begin, of.end - of.begin);
  }
}

}  // namespace millrace::extraction
