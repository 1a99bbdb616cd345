// SPDX-License-Identifier: Apache-2.0
//
// What a request that cannot be read is answered.
#pragma once

#include <string>

#include <boost/beast/core/error.hpp>

#include "lib/http/server.h"

namespace millrace::http {

struct Refusal {
  int status = 400;
  std::string reason;
};

// Whether the fault is the message's, not the socket's: only then there is somebody to answer.
bool is_message_error(const boost::beast::error_code& error);

Refusal refusal_of(const boost::beast::error_code& error, const ServerOptions& options);

}  // namespace millrace::http
