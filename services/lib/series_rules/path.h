// SPDX-License-Identifier: Apache-2.0
//
// Where in a sample a value is: a, a.b, $.a.b, a[0].b (Kaa writes both the bare and the $. form;
// they mean the same).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <absl/status/statusor.h>

namespace millrace::series_rules {

// A step from a JSON value into one that it holds: a member of an object, or an element of an
// array, counted from 0.
using PathStep = std::variant<std::string, std::uint32_t>;
using Path = std::vector<PathStep>;

inline constexpr std::size_t kMaxPathBytes = 256;
inline constexpr std::size_t kMaxPathSteps = 32;
inline constexpr std::uint32_t kMaxPathIndex = 999'999;

// The first step is a member: samples that are no objects have no values. A member's name is
// whatever stands between the signs . [ ]; a name that has one of them cannot be written.
// kInvalidArgument says what is wrong at which byte.
absl::StatusOr<Path> parse_path(std::string_view text);

// The bare form, which parse_path() reads back: a.b[0].
std::string path_text(const Path& path);

}  // namespace millrace::series_rules
