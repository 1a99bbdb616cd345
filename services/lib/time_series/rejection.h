// SPDX-License-Identifier: Apache-2.0
//
// Why an accepted sample, or a value of it, could not be stored: a fixed set, because the words
// stand in rejected_sample.reason and are values of a metric's label. docs/rejected-samples.md says
// to people what each means.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::time_series {

enum class RejectionReason : std::uint8_t {
  kInvalidUpload,
  kUnsupportedContentType,
  kUnknownApplication,
  kTimestampOutOfRange,
  kTooManyFields,
  kNameTooLong,
  kInvalidName,
  kNumberOutOfRange,
  kWrongType,
  kStringTooLong,
  kStringNotText,
  kTimestampMissing,
  kTimestampInvalid,
  kTooManySeries,
  kTooManySeriesOfEndpoint,
  kStorageRefused,
};

inline constexpr std::array kRejectionReasons = {
    RejectionReason::kInvalidUpload,
    RejectionReason::kUnsupportedContentType,
    RejectionReason::kUnknownApplication,
    RejectionReason::kTimestampOutOfRange,
    RejectionReason::kTooManyFields,
    RejectionReason::kNameTooLong,
    RejectionReason::kInvalidName,
    RejectionReason::kNumberOutOfRange,
    RejectionReason::kWrongType,
    RejectionReason::kStringTooLong,
    RejectionReason::kStringNotText,
    RejectionReason::kTimestampMissing,
    RejectionReason::kTimestampInvalid,
    RejectionReason::kTooManySeries,
    RejectionReason::kTooManySeriesOfEndpoint,
    RejectionReason::kStorageRefused,
};

// snake_case, as stored: number_out_of_range.
constexpr std::string_view word(RejectionReason reason) {
  switch (reason) {
    case RejectionReason::kInvalidUpload:
      return "invalid_upload";
    case RejectionReason::kUnsupportedContentType:
      return "unsupported_content_type";
    case RejectionReason::kUnknownApplication:
      return "unknown_application";
    case RejectionReason::kTimestampOutOfRange:
      return "timestamp_out_of_range";
    case RejectionReason::kTooManyFields:
      return "too_many_fields";
    case RejectionReason::kNameTooLong:
      return "name_too_long";
    case RejectionReason::kInvalidName:
      return "invalid_name";
    case RejectionReason::kNumberOutOfRange:
      return "number_out_of_range";
    case RejectionReason::kWrongType:
      return "wrong_type";
    case RejectionReason::kStringTooLong:
      return "string_too_long";
    case RejectionReason::kStringNotText:
      return "string_not_text";
    case RejectionReason::kTimestampMissing:
      return "timestamp_missing";
    case RejectionReason::kTimestampInvalid:
      return "timestamp_invalid";
    case RejectionReason::kTooManySeries:
      return "too_many_series";
    case RejectionReason::kTooManySeriesOfEndpoint:
      return "too_many_series_of_endpoint";
    case RejectionReason::kStorageRefused:
      return "storage_refused";
  }
  return "unknown";
}

// Of an offending value so many bytes are kept.
inline constexpr std::size_t kMaxRejectedValueBytes = 256;

struct Rejection {
  RejectionReason reason = RejectionReason::kInvalidUpload;
  std::string detail;  // what was wrong with which value, for people
  // Where in the sample the first value is that was refused, as series_rules::path_text() writes
  // it, and that value as sent, cut after kMaxRejectedValueBytes. Empty: the sample as a whole.
  std::string path = {};
  std::string value = {};
};

}  // namespace millrace::time_series
