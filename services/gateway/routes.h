// SPDX-License-Identifier: Apache-2.0
//
// Which part of the gateway answers what, and what holds for all of them:
//
//   /<package.Service>/<Method>           gRPC by the Connect protocol
//   /api/v1/…  /epts/api/v1/…             Kaa's EPTS REST, CSV
//   /config.json                          what the dashboard must know of this deployment
//   any other path                        the dashboard's files
//
// API requests of other sites: 403. Requests for a host that is not allowed: 421. Every answer has
// the security headers.
#pragma once

#include "gateway/cross_site.h"
#include "lib/http/message.h"

namespace millrace::gateway {

// The handlers must be callable as long as the routes are.
struct Parts {
  http::Handler connect;
  http::Handler epts;      // of everything below /api/ and /epts/api/
  http::Handler settings;  // of /config.json
  http::Handler files;
};

http::Handler make_routes(Parts parts, AllowedSites sites, bool over_tls);

}  // namespace millrace::gateway
