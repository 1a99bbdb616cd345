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
    return {Fault::kBodyTooLarge, 413,
            fmt::format("cannot take a body of more than {} bytes; send smaller batches",
                        options.max_body_bytes)};
  }
  if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
    return {Fault::kHeadTooLarge, 431,
            fmt::format("cannot take more than {} bytes of request line and header fields",
                        options.max_header_bytes)};
  }
  return {Fault::kMalformed, 400, fmt::format("cannot read the HTTP request: {}", error.message())};
}

Refusal too_many_fields() {
  return {Fault::kHeadTooLarge, 431,
          fmt::format("cannot take more than {} header fields", kMaxHeaderFields)};
}

Refusal no_uri() {
  return {Fault::kMalformed, 400,
          "cannot read the request's target: it is no path and no http:// URI; percent-encode it"};
}

Refusal unknown_expectation() {
  return {Fault::kExpectation, 417, "cannot meet the Expect header; only 100-continue is known"};
}

Refusal unknown_transfer_coding() {
  return {Fault::kTransferCoding, 501,
          "cannot decode the Transfer-Encoding; only chunked is known, in HTTP/1.1"};
}

Refusal body_too_slow() {
  return {Fault::kBodyTooSlow, 408, "the body took too long to arrive; send smaller batches"};
}

Refusal receiving_full() {
  return {Fault::kReceivingFull, 503, "too many uploads are being received; try again"};
}

}  // namespace millrace::http
