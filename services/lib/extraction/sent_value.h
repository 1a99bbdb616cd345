// SPDX-License-Identifier: Apache-2.0
//
// A value of a sample as the device wrote it, to be shown with what was wrong with it. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace millrace::extraction {

// The value that begins at `offset` of a JSON text, at most its first `max_bytes`; not cut within
// a character.
std::string_view sent_value(std::string_view json, std::size_t offset, std::size_t max_bytes);

}  // namespace millrace::extraction
