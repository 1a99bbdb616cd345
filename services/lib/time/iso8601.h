// SPDX-License-Identifier: Apache-2.0
//
// Instants as people and programs write them after ISO 8601 and RFC 3339. docs/timestamps.md lists
// the forms for people. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "lib/time/clock.h"

namespace millrace::time {

// The instant that `text` names, cut to the microsecond towards the past; without a zone it is UTC.
// Nothing: another form, or a day or time that no calendar has. Years far beyond the calendar give
// an instant that far away, to within some 146,000 years, which UnixMicros can still be added to.
std::optional<UnixMicros> parse_iso8601(std::string_view text);

}  // namespace millrace::time
