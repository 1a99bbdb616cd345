// SPDX-License-Identifier: Apache-2.0
#include "gateway/url_parameters.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/http/message.h"
#include "lib/utf8/utf8.h"

namespace millrace::gateway {
namespace {

// What stands before `separator`; `rest` becomes what is behind it.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view taken = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return taken;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

absl::StatusOr<std::string> decoded(std::string_view encoded) {
  std::string plain(encoded);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  std::string text;
  if (!http::percent_decode(plain, text)) {
    return absl::InvalidArgumentError("bad percent-encoding: a % must be followed by two digits");
  }
  if (!utf8::is_valid(text)) return absl::InvalidArgumentError("is not UTF-8");
  if (has_control_character(text)) return absl::InvalidArgumentError("has a control character");
  return text;
}

}  // namespace

absl::StatusOr<UrlParameters> UrlParameters::parse(std::string_view query) {
  UrlParameters parsed;
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    if (value.empty()) continue;
    const std::string_view written_name = take_until(value, '=');
    auto name = decoded(written_name);
    if (!name.ok()) return error::prefixed("the name of a parameter", name.status());
    auto text = decoded(value);
    if (!text.ok()) return error::prefixed(*name, text.status());
    if (parsed.parameters_.size() == kMaxParameters) {
      return absl::InvalidArgumentError(
          fmt::format("more than {} parameters in the URL", kMaxParameters));
    }
    parsed.parameters_.emplace_back(*std::move(name), *std::move(text));
  }
  return parsed;
}

bool UrlParameters::has(std::string_view name) const {
  return std::any_of(parameters_.begin(), parameters_.end(),
                     [name](const auto& parameter) { return parameter.first == name; });
}

std::vector<std::string> UrlParameters::values(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [its_name, value] : parameters_) {
    if (its_name == name) values.push_back(value);
  }
  return values;
}

std::vector<std::string> UrlParameters::list(std::string_view name) const {
  std::vector<std::string> elements;
  std::unordered_set<std::string> seen;
  for (const auto& [its_name, value] : parameters_) {
    if (its_name != name) continue;
    for (std::string_view rest = value; !rest.empty();) {
      std::string element(trimmed(take_until(rest, ',')));
      if (!element.empty() && seen.insert(element).second) elements.push_back(std::move(element));
    }
  }
  return elements;
}

}  // namespace millrace::gateway
