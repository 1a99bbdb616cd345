// SPDX-License-Identifier: Apache-2.0
#include "lib/http/refusal.h"

#include <utility>  // Boost 1.74's Asio uses std::exchange without it

#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

namespace millrace::http {

using HttpError = boost::beast::http::error;

bool is_message_error(const boost::beast::error_code& error) {
  return error.category() ==
             boost::beast::http::make_error_code(HttpError::bad_method).category() &&
         error != HttpError::end_of_stream && error != HttpError::partial_message;
}

Refusal refusal_of(const boost::beast::error_code& error, const ServerOptions& options) {
  if (error == HttpError::body_limit) {
    return {413, fmt::format("cannot take a body of more than {} bytes; send smaller batches",
                             options.max_body_bytes)};
  }
  if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
    return {431, fmt::format("cannot take more than {} bytes of request line and header fields",
                             options.max_header_bytes)};
  }
  return {400, fmt::format("cannot read the HTTP request: {}", error.message())};
}

}  // namespace millrace::http
