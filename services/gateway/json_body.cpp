// SPDX-License-Identifier: Apache-2.0
#include "gateway/json_body.h"

#include <cstddef>

#include <fmt/format.h>
#include <rapidjson/error/en.h>

namespace millrace::gateway {
namespace {

// Behind the string that begins at `at`, or the end of a text that cuts it off.
std::size_t behind_string(const std::string& text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

// Where `text` gets too deep; npos: nowhere. Of what is no JSON it may say either.
std::size_t too_deep_at(const std::string& text) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      at = behind_string(text, at);
      continue;
    }
    if ((c == '[' || c == '{') && ++depth > kMaxJsonDepth) return at;
    if (c == ']' || c == '}') --depth;
    ++at;
  }
  return std::string::npos;
}

}  // namespace

absl::StatusOr<rapidjson::Document> parse_json_body(const std::string& text) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseValidateEncodingFlag;
  if (const std::size_t at = too_deep_at(text); at != std::string::npos) {
    return absl::InvalidArgumentError(fmt::format(
        "the body is nested deeper than {} arrays and objects (at byte {})", kMaxJsonDepth, at));
  }
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
