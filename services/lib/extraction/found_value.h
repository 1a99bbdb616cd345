// SPDX-License-Identifier: Apache-2.0
//
// A value met in a sample, before anything is made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::extraction {

struct FoundValue {
  enum class Kind : std::uint8_t { kNull, kNumber, kString, kBoolean, kObject, kArray };

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::size_t offset = 0;  // of its first byte in the upload
  // Of a number as sent, of a string decoded; valid as long as the upload's text.
  std::string_view text = {};
};

}  // namespace millrace::extraction
