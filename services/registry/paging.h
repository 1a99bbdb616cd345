// SPDX-License-Identifier: Apache-2.0
//
// What the lists of the API have in common: page_size and page_token in, next_page_token out.
#pragma once

#include <algorithm>
#include <cstddef>
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

// A page ends early where its entries would be larger: clients take messages of 4 MiB unless told
// otherwise, and an endpoint with many tokens has several KiB.
inline constexpr std::size_t kMaxPageBytes = 2 << 20;

// How many of `entries` a page holds: at most `limit`, at least one.
template <class Entry>
std::size_t fitting(const std::vector<Entry>& entries, std::size_t limit) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < std::min(limit, entries.size())) {
    bytes += entries[count].ByteSizeLong();
    if (count > 0 && bytes > kMaxPageBytes) break;
    ++count;
  }
  return count;
}

// Cuts `entries` to the page's size. Returns the token of the next page, empty after the last;
// `key_of` gives the key by which the list is ordered.
template <class Entry, class KeyOf>
std::string cut_to_page(std::vector<Entry>& entries, const Page& page, const PageScope& scope,
                        KeyOf key_of) {
  const std::size_t shown = fitting(entries, static_cast<std::size_t>(page.limit) - 1);
  if (shown == entries.size()) return {};
  entries.resize(shown);
  return make_page_token(scope, key_of(entries.back()));
}

}  // namespace millrace::registry
