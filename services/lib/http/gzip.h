// SPDX-License-Identifier: Apache-2.0
//
// Content-Encoding: gzip, with a limit on what it inflates to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace millrace::http {

// The inflated text of a gzip stream (RFC 1952; several members in a row are one text).
// kInvalidArgument: no gzip, damaged or cut. kResourceExhausted: more than `max_bytes`; found as
// soon as the limit is passed, so that a bomb costs no more memory than the limit.
absl::StatusOr<std::string> inflate_gzip(std::string_view compressed, std::size_t max_bytes);

}  // namespace millrace::http
