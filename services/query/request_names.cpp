// SPDX-License-Identifier: Apache-2.0
#include "query/request_names.h"

#include <unordered_set>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::query {

absl::StatusOr<std::vector<std::string>> checked_names(const NameRule& rule, const Names& given) {
  if (given.size() > rule.max_names) {
    return refused(rule.field, fmt::format("has {} entries, at most {} are allowed", given.size(),
                                           rule.max_names));
  }
  std::vector<std::string> distinct;
  std::unordered_set<std::string> seen;
  for (int i = 0; i < given.size(); ++i) {
    MILLRACE_RETURN_IF_ERROR(
        check_name(fmt::format("{}[{}]", rule.field, i), given[i], rule.max_bytes));
    if (seen.insert(given[i]).second) distinct.push_back(given[i]);
  }
  return distinct;
}

absl::StatusOr<std::vector<std::string>> some_names(const NameRule& rule, const Names& given) {
  if (given.empty()) return refused(rule.field, "must have at least one entry");
  return checked_names(rule, given);
}

absl::Status check_application(const std::string& name) {
  return check_name("application_name", name, kMaxApplicationNameBytes);
}

}  // namespace millrace::query
