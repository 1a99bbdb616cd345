// SPDX-License-Identifier: Apache-2.0
//
// The head of a request: what Boost.Beast's parser has read of it as our value, and what it must
// not hold. Pure.
#pragma once

#include <boost/beast/http/message.hpp>

#include "lib/http/message.h"

namespace millrace::http {

using ReceivedHead = boost::beast::http::request_header<>;

// Before the body is read: what a chunked body has behind it are fields too for Beast, and must not
// pass for the head's (RFC 9110, 6.5.1). Of more fields than may be the first ones are taken.
// False: the target is no URI; the rest of `head` is filled in.
bool read_request_head(const ReceivedHead& received, Request& head);

// More than kMaxHeaderFields.
bool has_too_many_fields(const ReceivedHead& head);

// Chunks alone, and in HTTP/1.1 alone (RFC 9112, 6.1): what is read otherwise than the proxy before
// us reads it would smuggle requests. True also where there is none.
bool knows_transfer_coding(const ReceivedHead& head);

}  // namespace millrace::http
