// SPDX-License-Identifier: Apache-2.0
//
// What the lists of the API have in common: page_size and page_token in, next_page_token out.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/error/error.h"
#include "registry/application_store.h"
#include "registry/field_rules.h"
#include "registry/page_token.h"

namespace millrace::registry {

// The page a request asks for, with one entry more than it shows: whether there is a next one.
template <class Request>
absl::StatusOr<Page> page_of(const Request& request, const PageScope& scope) {
  MILLRACE_ASSIGN_OR_RETURN(const int size, checked_page_size("page_size", request.page_size()));
  Page page;
  MILLRACE_ASSIGN_OR_RETURN(page.after, read_page_token(scope, request.page_token()));
  page.limit = size + 1;
  return page;
}

// Cuts `entries` to the page's size. Returns the token of the next page, empty after the last;
// `key_of` gives the key by which the list is ordered.
template <class Entry, class KeyOf>
std::string cut_to_page(std::vector<Entry>& entries, const Page& page, const PageScope& scope,
                        KeyOf key_of) {
  if (entries.size() < static_cast<std::size_t>(page.limit)) return {};
  entries.pop_back();
  return make_page_token(scope, key_of(entries.back()));
}

}  // namespace millrace::registry
