// SPDX-License-Identifier: Apache-2.0
#include "gateway/json_body.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>

namespace millrace::gateway {

absl::StatusOr<rapidjson::Document> parse_json_body(const std::string& text) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseValidateEncodingFlag;
  rapidjson::Document document;
  document.Parse<kFlags>(text.data(), text.size());
  if (document.HasParseError()) {
    return absl::InvalidArgumentError(fmt::format(
        "the body is no JSON: {} (at byte {})",
        rapidjson::GetParseError_En(document.GetParseError()), document.GetErrorOffset()));
  }
  return document;
}

}  // namespace millrace::gateway
