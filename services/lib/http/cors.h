// SPDX-License-Identifier: Apache-2.0
//
// What pages of other sites may do with a server: the CORS protocol of the Fetch standard
// (https://fetch.spec.whatwg.org/#http-cors-protocol). Browsers enforce it, so it protects pages
// and their users, not the server. No answer allows credentials: keys and tokens are in headers and
// paths, never in cookies. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/http/message.h"

namespace millrace::http {

inline constexpr char kAnyOrigin[] = "*";

// Fields as they stand in answers: names separated by commas.
struct CorsRules {
  std::vector<std::string> origins;  // https://example.com:8443; kAnyOrigin: any; empty: none
  std::string methods;               // that a preflight allows
  std::string request_headers;       // beside those that browsers always allow
  std::string exposed_headers;       // of answers, that pages may read
};

// Of a setting: origins separated by commas. kInvalidArgument names the one that is none.
// `any_origin`: whether "*", then alone, is one.
absl::StatusOr<std::vector<std::string>> parse_origins(std::string_view list, bool any_origin);

// Whether pages of `origin`, a request's field Origin, may read answers. False where it is empty.
bool allows_origin(const CorsRules& rules, std::string_view origin);

// A browser's question, before a request of another site's page, what that may hold.
bool is_preflight(const Request& request);
// 204; without what allow_origin() adds.
Response preflight_answer(const CorsRules& rules);

// What lets a page of `origin` read the answer; for every answer, also to requests without Origin,
// and errors. Nothing where `rules` allow none.
void allow_origin(const CorsRules& rules, std::string_view origin, Response& response);

}  // namespace millrace::http
