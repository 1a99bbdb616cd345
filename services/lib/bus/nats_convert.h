// SPDX-License-Identifier: Apache-2.0
//
// The units and codes of nats.c and of the JetStream protocol. nats.c's natsOptions and
// time-outs are milliseconds, every duration in JetStream's JSON is nanoseconds, every moment there
// is text: each crosses here, once.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <absl/status/status.h>

#include "lib/time/clock.h"

namespace millrace::bus {

// For natsOptions_Set… and the time-outs of calls.
constexpr std::int64_t nats_milliseconds(std::chrono::milliseconds time) {
  return time.count();
}

// For JetStream's JSON: ack_wait, duplicate_window, expires, the delay of a nak.
constexpr std::int64_t jetstream_nanoseconds(std::chrono::nanoseconds time) {
  return time.count();
}

// A moment in JetStream's JSON: RFC 3339 with up to nine decimals. Nothing: the text is none.
std::optional<time::UnixMicros> jetstream_moment(const std::string& text);

// `nats_status`: a natsStatus; NATS_OK (0) gives OK. `action` names what was tried, as in
// "cannot <action>: <cause>". The cause includes nats.c's own text for this thread's last error.
absl::Status status_of_nats(int nats_status, const std::string& action);

// `url` without user and password, for logs.
std::string without_credentials(const std::string& url);

}  // namespace millrace::bus
