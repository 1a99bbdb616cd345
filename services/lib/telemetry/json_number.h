// SPDX-License-Identifier: Apache-2.0
//
// The number of RFC 8259 §6 as text, whatever its size: what RapidJSON cannot be asked about,
// because it converts to double on the way.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::telemetry {

// Length of the longest number at the beginning of `text`; 0 when there is none. "-1.5e3x" → 6.
std::size_t json_number_length(std::string_view text);

// Overwrites each number of a JSON text with 0 and spaces, so that the text keeps its length and
// its meaning but for the values. Strings stay as they are, and so does what looks like a number
// and is none ("01", "1.", "+1"): the parser that reads the text next refuses it at its place.
void blank_numbers(std::string& json);

// The fewest digits that give the same number when read again: 23, 0.1, 1e+20. JSON has neither
// infinities nor NaN: those become the words of std::to_chars, which no reader takes for a number.
std::string number_text(double number);

}  // namespace millrace::telemetry
