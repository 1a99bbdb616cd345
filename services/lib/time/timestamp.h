// SPDX-License-Identifier: Apache-2.0
//
// Calendar moments as text.
#pragma once

#include <string>

#include "lib/time/clock.h"

namespace millrace::time {

// RFC 3339, UTC, always with six decimals: "2026-11-23T06:31:00.000250Z".
std::string format_rfc3339(UnixMicros time);
// The same without a fraction that is zero: "2026-11-23T06:31:00Z".
std::string format_rfc3339_brief(UnixMicros time);
// As in HTTP's field Date (RFC 9110, 5.6.7), to the second: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(UnixMicros time);

}  // namespace millrace::time
