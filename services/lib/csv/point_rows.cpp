// SPDX-License-Identifier: Apache-2.0
#include "lib/csv/point_rows.h"

#include <algorithm>

#include "lib/telemetry/json_number.h"

namespace millrace::csv {
namespace {

int length_of(const query::v1::ValueColumn& column) {
  switch (column.type()) {
    case query::v1::VALUE_TYPE_NUMBER:
      return column.numbers_size();
    case query::v1::VALUE_TYPE_BOOLEAN:
      return column.booleans_size();
    default:
      return column.strings_size();
  }
}

}  // namespace

const std::vector<std::string>& point_columns() {
  static const std::vector<std::string> columns = {"timestamp", "endpoint_id", "series",
                                                   "value_name", "value"};
  return columns;
}

bool is_sound(const query::v1::DataPointsChunk& chunk) {
  const int rows = chunk.timestamps_us_size();
  return std::all_of(chunk.columns().begin(), chunk.columns().end(),
                     [rows](const query::v1::ValueColumn& column) {
                       return length_of(column) == rows &&
                              (column.present().empty() || column.present_size() == rows);
                     });
}

bool is_present(const query::v1::ValueColumn& column, int row) {
  return column.present().empty() || column.present(row);
}

std::string value_text(const query::v1::ValueColumn& column, int row) {
  switch (column.type()) {
    case query::v1::VALUE_TYPE_NUMBER:
      return telemetry::number_text(column.numbers(row));
    case query::v1::VALUE_TYPE_BOOLEAN:
      return column.booleans(row) ? "true" : "false";
    default:
      return column.strings(row);
  }
}

}  // namespace millrace::csv
