// SPDX-License-Identifier: Apache-2.0
//
// From a number as JSON writes it, which is a text of RFC 8259's grammar, to what is stored of it.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::extraction {

// The nearest double to `text`: 9007199254740993 gives 9007199254740992. Too small for a double
// gives 0, and so does -0, because no reader can tell the two apart. Nothing: too large (1e400).
std::optional<double> parse_number(std::string_view text);

// The largest integer that is not above `text` times ten to the `power`: -1.25 and 1 give -13.
// Exact, however many digits `text` has; what no int64 holds gives its nearest end.
std::int64_t scaled_floor(std::string_view text, int power);

}  // namespace millrace::extraction
