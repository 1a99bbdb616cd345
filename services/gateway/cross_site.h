// SPDX-License-Identifier: Apache-2.0
//
// Who may call the API from a browser: the dashboard's own pages, and those of sites that a setting
// names. Keys come in headers and never in cookies, so a strange page has none to send; this
// refuses it before anything is done for it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/http/cors.h"
#include "lib/http/message.h"

namespace millrace::gateway {

struct AllowedSites {
  std::vector<std::string> origins;  // as browsers send them: https://example.com:8443
  std::vector<std::string> hosts;    // names without ports; empty: any
};

// Of a Host header: "[::1]:8000" → "[::1]", "a:80" → "a".
std::string_view host_name(std::string_view host);

// False: the request names a host that is not ours, as a page does whose own name was made to point
// here (DNS rebinding).
bool names_allowed_host(const http::Request& request, const AllowedSites& sites);

// Why a request to the API is refused; nothing where it is fine: from the gateway's own pages, from
// an allowed site, or from no page at all.
std::optional<std::string> cross_site_fault(const http::Request& request,
                                            const AllowedSites& sites);

// What pages of the allowed sites may send and read.
http::CorsRules cors_rules(const AllowedSites& sites);

}  // namespace millrace::gateway
