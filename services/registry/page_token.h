// SPDX-License-Identifier: Apache-2.0
//
// Where the next page of a list begins, as a text that is opaque to the caller. It carries a check
// sum and the list it belongs to, so that a token that was changed, or is used with another filter,
// is refused instead of giving a wrong page. It is no secret and grants nothing.
#pragma once

#include <string>

#include <absl/status/statusor.h>

namespace millrace::registry {

// Which list: the method and its filter.
struct PageScope {
  std::string method;
  std::string filter;
};

// `last`: the key of the page's last entry.
std::string make_page_token(const PageScope& scope, const std::string& last);

// The key after which the page begins; empty for an empty token. kInvalidArgument: not a token of
// this list.
absl::StatusOr<std::string> read_page_token(const PageScope& scope, const std::string& token);

}  // namespace millrace::registry
