// SPDX-License-Identifier: Apache-2.0
#include "cli/resumption.h"

#include <algorithm>

namespace millrace::cli {

std::optional<std::chrono::milliseconds> Resumption::pause_after(const absl::Status& failure) {
  constexpr std::chrono::milliseconds kFirst{250};
  constexpr std::chrono::milliseconds kLongest{5000};
  if (!begun_ || !absl::IsUnavailable(failure) || tries_ == kMaxTries) return std::nullopt;
  return std::min(kFirst * (1 << tries_++), kLongest);
}

}  // namespace millrace::cli
