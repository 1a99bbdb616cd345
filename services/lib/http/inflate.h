// SPDX-License-Identifier: Apache-2.0
//
// Bodies in gzip and deflate, with a limit on what they inflate to. kInvalidArgument: another
// format, damaged or cut. kResourceExhausted: more than `max_bytes`; found as soon as the limit is
// passed, so that a bomb costs no more memory than the limit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace millrace::http {

// The inflated text of a gzip stream (RFC 1952; several members in a row are one text).
absl::StatusOr<std::string> inflate_gzip(std::string_view compressed, std::size_t max_bytes);

// Of what HTTP calls deflate: a zlib stream (RFC 1950), as the standard wants it, or the bare
// deflate stream (RFC 1951) that some clients send.
absl::StatusOr<std::string> inflate_deflate(std::string_view compressed, std::size_t max_bytes);

}  // namespace millrace::http
