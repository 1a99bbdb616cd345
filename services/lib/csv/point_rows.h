// SPDX-License-Identifier: Apache-2.0
//
// Points as rows for people and spreadsheets, a row for each value: which columns there are, and
// which text a value is. `millrace query` and the gateway's export print the same. Pure.
#pragma once

#include <string>
#include <vector>

#include "millrace/query/v1/query.pb.h"

namespace millrace::csv {

// timestamp, endpoint_id, series, value_name, value.
const std::vector<std::string>& point_columns();

// Whether each list that is read by row is long enough: the server may be of another version.
bool is_sound(const query::v1::DataPointsChunk& chunk);

// False: the point has no such value, or an explicit null; it has no row.
bool is_present(const query::v1::ValueColumn& column, int row);

// Numbers with the fewest digits, booleans as true and false.
std::string value_text(const query::v1::ValueColumn& column, int row);

}  // namespace millrace::csv
