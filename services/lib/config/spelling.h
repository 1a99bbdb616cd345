// SPDX-License-Identifier: Apache-2.0
//
// "Did you mean": which known name a mistyped one is nearly. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

// How many letters must be inserted, removed, replaced or swapped with their neighbour to turn one
// word into the other.
int edit_distance(std::string_view from, std::string_view to);

// The known name at most two edits away from `word`, the nearest one; none for words so short that
// everything is near.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace millrace::config
