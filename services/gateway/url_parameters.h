// SPDX-License-Identifier: Apache-2.0
//
// The query of a URL as names and values, as forms write it: name=value&name=value, + for a blank.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

namespace millrace::gateway {

class UrlParameters {
 public:
  // Of one URL; a longer one is refused.
  static constexpr std::size_t kMaxParameters = 20'000;

  // `query`: behind the ?, percent-encoded. kInvalidArgument: bad percent-encoding, no UTF-8, or a
  // control character; the message names the parameter.
  static absl::StatusOr<UrlParameters> parse(std::string_view query);

  // In the order given.
  const std::vector<std::pair<std::string, std::string>>& all() const { return parameters_; }
  bool has(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;
  // The values of `name`, each of which may be a list with commas: without blanks around the
  // elements, without empty ones and repeats, in the order of their first mention.
  std::vector<std::string> list(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace millrace::gateway
