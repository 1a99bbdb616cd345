// SPDX-License-Identifier: Apache-2.0
//
// Whether an answer goes out in gzip: what the request accepts (RFC 9110, 12.5.3), and the answer
// changed accordingly.
#pragma once

#include <cstddef>
#include <string_view>

#include "lib/http/gzip_source.h"
#include "lib/http/message.h"

namespace millrace::http {

// Below, a packet is a packet: the gain is nothing.
inline constexpr std::size_t kMinGzipBytes = 1 << 10;

// Of the field Accept-Encoding, and "gzip" or "br"; the field is empty when there is none, which
// accepts neither. False too where identity is asked for more strongly, and for a weight that is
// none.
bool accepts_coding(std::string_view accept_encoding, std::string_view coding);

// Puts the body of `response` (or its stream) in gzip where `request` accepts that, and says so in
// Content-Encoding; says in any case that the answer varies with Accept-Encoding. Leaves alone what
// is shorter than kMinGzipBytes or has a Content-Encoding already. Not for answers that mix secrets
// with text of the caller's: over TLS their length would tell of both (BREACH).
void gzip_if_accepted(const Request& request, Response& response,
                      GzipFlush flush = GzipFlush::kEveryPiece);

}  // namespace millrace::http
