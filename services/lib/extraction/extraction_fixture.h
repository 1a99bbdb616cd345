// SPDX-License-Identifier: Apache-2.0
//
// For the tests of this folder: rules and what is extracted under them, as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"
#include "lib/extraction/extraction.h"

namespace millrace::extraction {

// Rules in protobuf's text form.
inline configuration::v1::SeriesRules rules_of(const std::string& text) {
  configuration::v1::SeriesRules rules;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rules)) << text;
  return rules;
}

// a=1 of auto-extraction, s.value=1 of a configured series; strings in quotes.
inline std::string told(const ExtractedValue& value) {
  std::string text =
      value.is_auto ? std::string(value.series) : fmt::format("{}.{}", value.series, value.name);
  if (value.is_null) return text + "=null";
  switch (value.type) {
    case time_series::ValueType::kNumber:
      return fmt::format("{}={}", text, value.number);
    case time_series::ValueType::kString:
      return fmt::format("{}=\"{}\"", text, value.text);
    case time_series::ValueType::kBoolean:
      return fmt::format("{}={}", text, value.number != 0);
  }
  return text;
}

// "a=1 s.lat=2 !wrong_type(b:true) @17": values, refusals with path and value as sent, the time it
// says in microseconds; "-" where there is nothing.
inline std::string told(const ExtractedSample& sample) {
  std::vector<std::string> parts;
  for (const ExtractedValue& value : sample.values) parts.push_back(told(value));
  for (const Refusal& refusal : sample.refusals) {
    parts.push_back(fmt::format("!{}({}{}{})", time_series::word(refusal.reason), refusal.path,
                                refusal.value.empty() ? "" : ":", refusal.value));
  }
  if (sample.refused > sample.refusals.size()) {
    parts.push_back(fmt::format("!{} more", sample.refused - sample.refusals.size()));
  }
  if (sample.time) parts.push_back(fmt::format("@{}", time::to_unix_us(*sample.time)));
  return parts.empty() ? "-" : fmt::format("{}", fmt::join(parts, " "));
}

// Samples separated by "; ".
inline std::string told(const Extraction& extraction) {
  std::vector<std::string> samples;
  for (const ExtractedSample& sample : extraction.samples()) samples.push_back(told(sample));
  return fmt::format("{}", fmt::join(samples, "; "));
}

}  // namespace millrace::extraction
