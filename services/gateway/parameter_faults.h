// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with the parameters of a request, all of it in one message. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

#include "gateway/url_parameters.h"

namespace millrace::gateway {

// For messages: `text` in quotes, its beginning where it is long.
std::string shown(std::string_view text);

class ParameterFaults {
 public:
  // Of these each has a sentence of its own; further ones are counted.
  static constexpr std::size_t kMaxTold = 20;

  void add(const std::string& name, const std::string& what);
  // Names that are nearly one of `known`, and are none; of names the first hundred are looked at.
  void add_mistyped(const std::vector<std::string>& names, const std::vector<std::string>& known);
  void add_mistyped(const UrlParameters& parameters, const std::vector<std::string>& known);

  bool empty() const { return count_ == 0; }
  // kInvalidArgument with all of them; OK where there are none.
  absl::Status status() const;

 private:
  std::string text_;
  std::size_t count_ = 0;
};

}  // namespace millrace::gateway
