// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/sent_value.h"

#include <algorithm>

#include "lib/utf8/utf8.h"

namespace millrace::extraction {
namespace {

// Past the string whose quote is at `quote`, or the end of the text.
std::size_t end_of_string(std::string_view text, std::size_t quote) {
  std::size_t at = quote + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

// Past the value that `text` begins with, or the end of the text. A number, true, false or null
// ends where something else begins.
std::size_t end_of_value(std::string_view text) {
  std::size_t open = 0;
  std::size_t at = 0;
  do {
    if (text[at] == '"') {
      at = end_of_string(text, at);
      continue;
    }
    if (text[at] == '[' || text[at] == '{') ++open;
    if ((text[at] == ']' || text[at] == '}') && open > 0) --open;
    const bool is_word = std::string_view("[]{},: \t\r\n").find(text[at]) == std::string_view::npos;
    ++at;
    if (is_word && open == 0) {
      return std::min(text.find_first_of(",]} \t\r\n", at), text.size());
    }
  } while (open > 0 && at < text.size());
  return at;
}

}  // namespace

std::string_view sent_value(std::string_view json, std::size_t offset, std::size_t max_bytes) {
  const std::string_view text = json.substr(std::min(offset, json.size()));
  const std::string_view window = text.substr(0, max_bytes);
  if (window.empty()) return window;
  const std::string_view value = window.substr(0, end_of_value(window));
  return value.size() < text.size() ? utf8::without_cut_character(value) : value;
}

}  // namespace millrace::extraction
