// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/auto_fields.h"

#include <algorithm>
#include <array>
#include <optional>

namespace millrace::extraction {
namespace {

constexpr std::array<bool, 256> kNameCharacters = [] {
  std::array<bool, 256> allowed{};
  for (unsigned char c = 'a'; c <= 'z'; ++c) allowed[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) allowed[c] = true;
  for (unsigned char c = '0'; c <= '9'; ++c) allowed[c] = true;
  allowed['_'] = allowed['-'] = true;
  return allowed;
}();

// Whether auto-extraction looks at a field: Kaa's characters, and not the name devices use for the
// time of a sample.
bool is_series_name(std::string_view name) {
  return !name.empty() && name != "timestamp" && std::all_of(name.begin(), name.end(), [](char c) {
    return kNameCharacters[static_cast<unsigned char>(c)];
  });
}

}  // namespace

void AutoFields::begin_sample(const CompiledRules& rules) {
  numbers_ = rules.auto_numbers();
  others_ = rules.auto_others();
  too_many_ = false;
  too_long_.name = {};
  fields_.clear();
  table_.begin_sample();
}

bool AutoFields::is_wanted(FoundValue::Kind kind) const {
  if (kind == FoundValue::Kind::kNumber) return numbers_;
  return others_ && (kind == FoundValue::Kind::kString || kind == FoundValue::Kind::kBoolean);
}

// Of a name given twice the last value counts, whatever it is.
void AutoFields::add(std::string_view name, const FoundValue& value) {
  const bool wanted = is_wanted(value.kind);
  if (!wanted && fields_.empty()) return;
  if (!is_series_name(name)) return;
  if (name.size() > max_name_bytes_) {
    if (wanted && too_long_.name.empty()) too_long_ = {name, value};
    return;
  }
  if (const std::optional<std::uint32_t> known = table_.find(name)) {
    fields_[*known].value = wanted ? value : FoundValue();
    return;
  }
  if (!wanted) return;
  if (fields_.size() == max_fields_) {
    too_many_ = true;
    return;
  }
  table_.add(name, static_cast<std::uint32_t>(fields_.size()));
  fields_.push_back({name, value});
}

}  // namespace millrace::extraction
