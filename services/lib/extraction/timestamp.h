// SPDX-License-Identifier: Apache-2.0
//
// The time a sample says it has, in one of the formats of series rules, by integers alone: a double
// has not even microseconds for the nanoseconds of today. Pure.
#pragma once

#include <optional>

#include "lib/extraction/found_value.h"
#include "lib/time/clock.h"

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::extraction {

// Cut to the microsecond towards the past. Nothing: not of the format. What is beyond some 146,000
// years from 1970 gives an instant about there.
std::optional<time::UnixMicros> read_timestamp(const FoundValue& value,
                                               configuration::v1::TimestampFormat format);

}  // namespace millrace::extraction
