// SPDX-License-Identifier: Apache-2.0
//
// What a load uploads: the same bytes each time, or a sample of numbers with one that is another in
// each upload, so that an upload can be found again where it is stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

namespace millrace::load {

// The field "n" is written over in each upload: this many digits, filled with spaces on the left.
inline constexpr std::size_t kNumberWidth = 15;

struct Payload {
  std::string text;
  std::optional<std::size_t> number_at;  // offset of the digits of "n"
};

// {"n":<number>,"value_01":…,"value_02":…} of exactly `bytes` bytes: a device's sample, numbers to
// the end. An error when that is too few for "n".
absl::StatusOr<Payload> numbered_sample(std::size_t bytes);

// Writes `number` over the kNumberWidth bytes at `digits`.
void write_number(std::int64_t number, char* digits);

}  // namespace millrace::load
