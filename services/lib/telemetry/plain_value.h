// SPDX-License-Identifier: Apache-2.0
//
// The body of …/plain/<metric>: a number, or a number immediately followed by its unit ("47",
// "47%", "2061m"), as Kaa 1.4 takes it from devices that cannot write JSON.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace millrace::telemetry {

// {"<metric>-value":47,"<metric>-unit":"%"}; the unit is "number" where none is given. The number
// is written as in JSON; blanks around the body are skipped. A unit has at most 32 bytes of UTF-8,
// no control character, and begins with no digit, sign, point or comma, so that "1,5" and "0047"
// are refused instead of misread. kInvalidArgument says what the body must look like.
absl::StatusOr<std::string> plain_value_to_json(std::string_view metric, std::string_view body);

}  // namespace millrace::telemetry
