// SPDX-License-Identifier: Apache-2.0
#include "gateway/parameter_faults.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "lib/config/spelling.h"
#include "lib/http/message.h"
#include "lib/utf8/utf8.h"

namespace millrace::gateway {
namespace {

// Of a name that a caller chose.
constexpr std::size_t kMaxShownBytes = 64;
// Comparing costs more than reading: of so many names, each once.
constexpr std::size_t kMaxLookedAt = 100;

std::optional<std::string> meant(const std::string& name, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return std::nullopt;
  if (name.size() > kMaxShownBytes) return std::nullopt;
  for (const std::string& one : known) {
    if (http::equal_ignoring_case(name, one)) return one;
  }
  return config::nearest(name, known);
}

}  // namespace

std::string shown(std::string_view text) {
  if (text.size() <= kMaxShownBytes) return fmt::format("'{}'", text);
  return fmt::format("'{}…'", utf8::without_cut_character(text.substr(0, kMaxShownBytes)));
}

void ParameterFaults::add(const std::string& name, const std::string& what) {
  if (++count_ > kMaxTold) return;
  if (!text_.empty()) text_ += "; ";
  text_ += fmt::format("{}: {}", name, what);
}

void ParameterFaults::add_mistyped(const std::vector<std::string>& names,
                                   const std::vector<std::string>& known) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (seen.size() == kMaxLookedAt) return;
    if (!seen.insert(name).second) continue;
    const auto near = meant(name, known);
    if (near) add(name, fmt::format("is not known; did you mean {}?", *near));
  }
}

void ParameterFaults::add_mistyped(const UrlParameters& parameters,
                                   const std::vector<std::string>& known) {
  std::vector<std::string> names;
  for (const auto& [name, value] : parameters.all()) names.push_back(name);
  add_mistyped(names, known);
}

absl::Status ParameterFaults::status() const {
  if (count_ == 0) return absl::OkStatus();
  if (count_ <= kMaxTold) return absl::InvalidArgumentError(text_);
  return absl::InvalidArgumentError(fmt::format("{}; and {} more", text_, count_ - kMaxTold));
}

}  // namespace millrace::gateway
