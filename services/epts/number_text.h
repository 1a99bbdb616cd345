// SPDX-License-Identifier: Apache-2.0
//
// From a number as JSON writes it to the double a series holds.
#pragma once

#include <optional>
#include <string_view>

namespace millrace::epts {

// The nearest double to `text`, which is a number of RFC 8259's grammar: 9007199254740993 gives
// 9007199254740992. Too small for a double gives 0, and so does -0, because no reader can tell the
// two apart. Nothing: too large (1e400).
std::optional<double> parse_number(std::string_view text);

}  // namespace millrace::epts
