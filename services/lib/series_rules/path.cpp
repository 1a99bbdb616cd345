// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/path.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <absl/strings/numbers.h>
#include <absl/strings/string_view.h>
#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/utf8/utf8.h"

namespace millrace::series_rules {
namespace {

absl::Status fault(std::string_view text, std::size_t at, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("cannot read path \"{}\": {} at byte {}",
                                                text.substr(0, kMaxPathBytes), what, at));
}

std::optional<std::uint32_t> index_of(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::uint32_t index = 0;
  const absl::string_view text(digits.data(), digits.size());
  if (!absl::SimpleAtoi(text, &index) || index > kMaxPathIndex) return std::nullopt;
  return index;
}

// Reads steps off a text. `at` is where the next one begins.
class PathReader {
 public:
  PathReader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  bool done() const { return at_ == text_.size(); }

  absl::StatusOr<PathStep> member() {
    const std::size_t end = std::min(text_.find_first_of(".[]", at_), text_.size());
    if (end == at_) return fault(text_, at_, "a name is missing");
    const std::string_view name = text_.substr(at_, end - at_);
    at_ = end;
    return PathStep(std::string(name));
  }

  absl::StatusOr<PathStep> element() {
    const std::size_t close = text_.find(']', at_);
    if (close == std::string_view::npos) return fault(text_, at_, "a [ without its ]");
    const auto index = index_of(text_.substr(at_ + 1, close - at_ - 1));
    if (!index) {
      return fault(text_, at_ + 1,
                   fmt::format("an index from 0 to {} should stand", kMaxPathIndex));
    }
    at_ = close + 1;
    return PathStep(*index);
  }

  absl::StatusOr<PathStep> next() {
    if (text_[at_] == '[') return element();
    if (text_[at_] != '.') return fault(text_, at_, "a . or [ should stand");
    ++at_;
    return member();
  }

 private:
  const std::string_view text_;
  std::size_t at_;
};

}  // namespace

absl::StatusOr<Path> parse_path(std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("cannot read path \"\": it is empty");
  if (text.size() > kMaxPathBytes) {
    return fault(text, kMaxPathBytes, fmt::format("more than {} bytes", kMaxPathBytes));
  }
  if (!utf8::is_valid(text)) return absl::InvalidArgumentError("cannot read path: not UTF-8");
  if (text.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError("cannot read path: it has a NUL");
  }
  PathReader reader(text, text.substr(0, 2) == "$." ? 2 : 0);
  Path path;
  MILLRACE_ASSIGN_OR_RETURN(PathStep first, reader.member());
  if (first == PathStep("$"))
    return fault(text, 0, "a member's name should stand, $ is the sample");
  path.push_back(std::move(first));
  while (!reader.done()) {
    if (path.size() == kMaxPathSteps) {
      return fault(text, text.size(), fmt::format("more than {} steps", kMaxPathSteps));
    }
    MILLRACE_ASSIGN_OR_RETURN(PathStep step, reader.next());
    path.push_back(std::move(step));
  }
  return path;
}

std::string path_text(const Path& path) {
  std::string text;
  for (const PathStep& step : path) {
    if (const auto* index = std::get_if<std::uint32_t>(&step)) {
      text += fmt::format("[{}]", *index);
    } else {
      if (!text.empty()) text += '.';
      text += std::get<std::string>(step);
    }
  }
  return text;
}

}  // namespace millrace::series_rules
