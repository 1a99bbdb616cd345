// SPDX-License-Identifier: Apache-2.0
//
// Content-Encoding, both ways: bodies of requests decoded with a limit, and answers in gzip where
// the request accepts it (RFC 9110, 12.5.3).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "lib/http/gzip_source.h"
#include "lib/http/message.h"

namespace millrace::http {

// Below, a packet is a packet: the gain is nothing.
inline constexpr std::size_t kMinGzipBytes = 1 << 10;

// Of the field Accept-Encoding, and "gzip" or "br"; the field is empty when there is none, which
// accepts neither. False too where identity is asked for more strongly, and for a weight that is
// none.
bool accepts_coding(std::string_view accept_encoding, std::string_view coding);

// What decode_content() takes: for the field Accept-Encoding of a 415 (RFC 9110, 15.5.16).
inline constexpr char kDecodedCodings[] = "gzip, deflate";

// Replaces the body of a request by what it was before Content-Encoding; `coding` is that field,
// empty when there is none. Of a list of codings none is taken: layers multiply what a body may
// inflate to, and no client sends them. kUnimplemented: another coding; else as inflate.h.
absl::Status decode_content(std::string_view coding, std::string& body, std::size_t max_bytes);

// Puts the body of `response` (or its stream) in gzip where `request` accepts that, and says so in
// Content-Encoding; says in any case that the answer varies with Accept-Encoding. Leaves alone what
// is shorter than kMinGzipBytes or has a Content-Encoding already. Not for answers that mix secrets
// with text of the caller's: over TLS their length would tell of both (BREACH).
void gzip_if_accepted(const Request& request, Response& response,
                      GzipFlush flush = GzipFlush::kEveryPiece);

}  // namespace millrace::http
