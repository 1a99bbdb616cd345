// SPDX-License-Identifier: Apache-2.0
//
// What a value of a series is. The numbers are those of series_value.value_type and of query.proto.
#pragma once

#include <cstdint>

namespace millrace::time_series {

enum class ValueType : std::int16_t { kNumber = 1, kString = 2, kBoolean = 3 };

}  // namespace millrace::time_series
