// SPDX-License-Identifier: Apache-2.0
//
// The text forms of setting values: "5s", "64KiB", "[::1]:8080". Pure; a failure is
// kInvalidArgument whose message says what the text must be, without repeating it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/config/settings_table.h"

namespace millrace::config {

// Decimal digits with an optional '-': no '+', no spaces, no other base.
absl::StatusOr<std::int64_t> parse_integer(std::string_view text);

// Digits and one of B (may be left out), KiB, MiB, GiB, TiB.
absl::StatusOr<std::int64_t> parse_bytes(std::string_view text);
// In the largest unit that leaves no remainder: 65536 → "64KiB".
std::string format_bytes(std::int64_t bytes);

// Digits and one of ms, s, m, h, d: "5s".
absl::StatusOr<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

// host:port; the host is a name, an IPv4 address or an IPv6 address in brackets.
absl::StatusOr<Listen> parse_listen(std::string_view text);
std::string format_listen(const Listen& listen);

// URLs separated by commas, with *** for what stands before the host: "nats://***@a,nats://***@b".
std::string without_credentials(std::string_view urls);

}  // namespace millrace::config
