// SPDX-License-Identifier: Apache-2.0
//
// From what was met in one sample to its values, refusals and time. For one thread.
#pragma once

#include <string_view>
#include <vector>

#include "lib/extraction/auto_fields.h"
#include "lib/extraction/compiled_rules.h"
#include "lib/extraction/extracted_upload.h"
#include "lib/extraction/found_values.h"

namespace millrace::extraction {

class SampleTaker {
 public:
  explicit SampleTaker(ExtractionLimits limits)
      : limits_(limits), fields_(limits.max_fields, limits.max_name_bytes) {}

  // Begins a sample; `rules` must stay valid until take().
  void begin(const CompiledRules& rules);
  // A field at the root of the sample that auto-extraction may take.
  void add_field(std::string_view name, const FoundValue& value) { fields_.add(name, value); }
  // Where rules name paths.
  FoundValues& found() { return found_; }
  // `json`: the upload that offsets of values are of.
  void take(std::string_view json, ExtractedUpload& upload);

 private:
  // A configured value that the sample has.
  struct Met {
    std::uint32_t value = 0;  // index into rules_->values()
    const FoundValue* found = nullptr;
  };

  void take_fields(std::string_view json, ExtractedUpload& upload);
  void find_configured();
  void take_configured(std::string_view json, ExtractedUpload& upload);
  std::size_t take_point(std::size_t first, std::string_view json, ExtractedUpload& upload);
  void take_time(std::string_view json, ExtractedUpload& upload);

  const ExtractionLimits limits_;
  const CompiledRules* rules_ = nullptr;
  AutoFields fields_;
  FoundValues found_;
  std::vector<Met> met_;
};

}  // namespace millrace::extraction
