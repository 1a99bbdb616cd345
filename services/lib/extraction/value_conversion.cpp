// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/value_conversion.h"

#include <array>

#include "lib/extraction/number_text.h"
#include "lib/utf8/utf8.h"

namespace millrace::extraction {
namespace {

using Kind = FoundValue::Kind;
using time_series::RejectionReason;
using time_series::ValueType;

// By ValueType.
constexpr std::array kKinds = {Kind::kNull, Kind::kNumber, Kind::kString, Kind::kBoolean};

// Receivers let nothing pass that is not UTF-8; who publishes to the stream without one may.
std::optional<RejectionReason> fault_of_string(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) return RejectionReason::kStringTooLong;
  const bool is_text = text.find('\0') == std::string_view::npos && utf8::is_valid(text);
  return is_text ? std::nullopt : std::optional(RejectionReason::kStringNotText);
}

}  // namespace

std::optional<RejectionReason> convert(const FoundValue& found, std::size_t max_string_bytes,
                                       ExtractedValue& value) {
  value.is_null = found.kind == Kind::kNull;
  if (value.is_null) return std::nullopt;
  if (found.kind != kKinds[static_cast<std::size_t>(value.type)])
    return RejectionReason::kWrongType;
  switch (value.type) {
    case ValueType::kNumber: {
      const std::optional<double> number = parse_number(found.text);
      if (!number) return RejectionReason::kNumberOutOfRange;
      value.number = *number;
      return std::nullopt;
    }
    case ValueType::kString:
      value.text = found.text;
      return fault_of_string(found.text, max_string_bytes);
    case ValueType::kBoolean:
      value.number = found.boolean ? 1 : 0;
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace millrace::extraction
