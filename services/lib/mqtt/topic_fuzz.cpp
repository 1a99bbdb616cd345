// SPDX-License-Identifier: Apache-2.0
//
// Goal: the rules for topic names and filters are those of section 4.7, whatever the text. Method:
// they are held against the same rules told level by level.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "lib/mqtt/topic.h"

namespace {

std::vector<std::string_view> levels_of(std::string_view topic) {
  std::vector<std::string_view> levels(1, topic.substr(0, 0));
  for (std::size_t i = 0; i < topic.size(); ++i) {
    if (topic[i] == '/') {
      levels.push_back(topic.substr(i + 1, 0));
    } else {
      levels.back() = {levels.back().data(), levels.back().size() + 1};
    }
  }
  return levels;
}

bool has_wildcard(std::string_view text) {
  for (const char c : text) {
    if (c == '+' || c == '#') return true;
  }
  return false;
}

bool is_filter(std::string_view filter) {
  const std::vector<std::string_view> levels = levels_of(filter);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const bool last = i + 1 == levels.size();
    if (has_wildcard(levels[i]) && levels[i] != "+" && !(levels[i] == "#" && last)) return false;
  }
  return !filter.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace millrace::mqtt;
  const std::string_view topic(reinterpret_cast<const char*>(bytes), size);
  if (is_valid_topic_name(topic) != (!topic.empty() && !has_wildcard(topic))) std::abort();
  if (is_valid_topic_filter(topic) != is_filter(topic)) std::abort();
  return 0;
}
