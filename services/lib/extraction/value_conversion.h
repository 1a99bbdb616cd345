// SPDX-License-Identifier: Apache-2.0
//
// From a value met in a sample to the value of a series, or the reason why it cannot be one. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "lib/extraction/found_value.h"
#include "lib/time_series/rejection.h"
#include "lib/time_series/value_type.h"

namespace millrace::extraction {

// Of a sample that is taken apart: one value of one series.
struct ExtractedValue {
  std::string_view series;  // of an auto-extracted one: the field's name, without kAutoPrefix
  std::string_view name;
  time_series::ValueType type = time_series::ValueType::kNumber;
  bool is_auto = false;
  bool is_null = false;
  double number = 0;           // of a boolean: 0 or 1
  std::string_view text = {};  // of a string: UTF-8 without U+0000
};

// Sets what `found` is as a value of `value.type`. Strict: "23" is no number, 1 no boolean.
std::optional<time_series::RejectionReason> convert(const FoundValue& found,
                                                    std::size_t max_string_bytes,
                                                    ExtractedValue& value);

}  // namespace millrace::extraction
