// SPDX-License-Identifier: Apache-2.0
//
// How a part of series rules is called where people read of it: as the configuration file writes
// it. Names that no rules may have are quoted, cut and made printable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::series_rules {

inline constexpr std::size_t kMaxSeriesNameBytes = 128;

// 1 to 128 characters of A-Z a-z 0-9 - _.
bool is_series_name(std::string_view name);

// Of what is stored as it comes, past the rules: with the "~" also those of auto-extraction, as far
// as they are no longer than configured ones.
bool is_stored_series_name(std::string_view name);

inline constexpr std::size_t kMaxValueNameBytes = 128;
inline constexpr std::string_view kNotInValueNames = "\\^$'\"=,";

// Names that mean something else in what is stored, or to Kaa.
bool is_reserved_value_name(std::string_view name);
// 1 to 128 bytes of UTF-8 without control characters and those above, and not reserved.
bool is_value_name(std::string_view name);

// "text" for a message: at most 40 bytes of it, what is no UTF-8 replaced, control characters as
// \x1b.
std::string shown(std::string_view text);

// names.location
std::string series_field(std::string_view series_name);
// names.location.values[1]
std::string value_field(std::string_view series_name, std::size_t index);

}  // namespace millrace::series_rules
