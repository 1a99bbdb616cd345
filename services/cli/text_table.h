// SPDX-License-Identifier: Apache-2.0
//
// Aligned columns for people. No colours. Text of devices cannot steer the terminal: control
// characters are shown as \x1b. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"

namespace millrace::cli {

// "endpoint_id" → "ENDPOINT ID".
std::string heading(std::string_view column);

// Control characters as \x1b, \u009b; everything else as it is.
std::string visible(std::string_view text);

// Columns that text takes, one for each character.
std::size_t width(std::string_view utf8);

// Cells, already visible, padded to `widths` with two blanks between; the last one not padded.
std::string table_line(const std::vector<std::string>& cells,
                       const std::vector<std::size_t>& widths);

std::string text_table(const Table& table);

}  // namespace millrace::cli
