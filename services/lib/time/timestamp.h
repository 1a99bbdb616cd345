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

}  // namespace millrace::time
