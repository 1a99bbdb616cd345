// SPDX-License-Identifier: Apache-2.0
#include "lib/config/spelling.h"

#include <algorithm>
#include <utility>

namespace millrace::config {
namespace {

constexpr int kFarthest = 2;
// Below this a distance of two says nothing: "a" is two edits from "nats".
constexpr std::size_t kShortestWord = 4;

}  // namespace

int edit_distance(std::string_view from, std::string_view to) {
  // Row i holds the distances of the first i letters of `from` to every beginning of `to`.
  std::vector<int> before_last(to.size() + 1);
  std::vector<int> last(to.size() + 1);
  std::vector<int> current(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) current[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, current);
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const int replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) current[j] = std::min(current[j], before_last[j - 2] + 1);
    }
  }
  return current[to.size()];
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() < kShortestWord) return std::nullopt;
  std::optional<std::string> found;
  int best = kFarthest + 1;
  for (const std::string& candidate : known) {
    const int distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

}  // namespace millrace::config
