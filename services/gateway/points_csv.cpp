// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "gateway/points_text.h"
#include "lib/csv/csv.h"
#include "lib/csv/point_rows.h"
#include "lib/time/timestamp.h"

namespace millrace::gateway {
namespace {

class CsvText final : public PointsText {
 public:
  explicit CsvText(bool spreadsheet_safe) : spreadsheet_safe_(spreadsheet_safe) {}

  void begin(std::string& text) override { text += csv::line(csv::point_columns()); }

  absl::Status take(query::v1::DataPointsChunk chunk) override {
    if (!csv::is_sound(chunk)) {
      return absl::DataLossError("cannot write query's answer: a column is not as long as others");
    }
    chunk_ = std::move(chunk);
    // What stands between the time and the value is the same in all lines of a column.
    middles_.clear();
    for (const query::v1::ValueColumn& column : chunk_.columns()) {
      std::string middle = ",";
      middle += csv::field(safe(chunk_.endpoint_id()));
      middle += ',';
      middle += csv::field(safe(chunk_.time_series_name()));
      middle += ',';
      middle += csv::field(safe(column.name()));
      middle += ',';
      middles_.push_back(std::move(middle));
    }
    row_ = 0;
    return absl::OkStatus();
  }

  bool write(std::string& text, std::size_t enough) override {
    for (; row_ < chunk_.timestamps_us_size() && text.size() < enough; ++row_) {
      const std::string time =
          time::format_rfc3339_brief(time::from_unix_us(chunk_.timestamps_us(row_)));
      for (int i = 0; i < chunk_.columns_size(); ++i) {
        const query::v1::ValueColumn& column = chunk_.columns(i);
        if (!csv::is_present(column, row_)) continue;
        text += time;
        text += middles_[static_cast<std::size_t>(i)];
        text += value_field(column, row_);
        text += "\r\n";
      }
    }
    return row_ < chunk_.timestamps_us_size();
  }

  void end(std::string&) override {}

 private:
  std::string safe(const std::string& text) const {
    return spreadsheet_safe_ ? csv::without_formula(text) : text;
  }

  std::string value_field(const query::v1::ValueColumn& column, int row) const {
    if (column.type() != query::v1::VALUE_TYPE_STRING) return csv::value_text(column, row);
    return csv::field(safe(column.strings(row)));
  }

  const bool spreadsheet_safe_;
  query::v1::DataPointsChunk chunk_;
  std::vector<std::string> middles_;  // of each column
  int row_ = 0;                       // the next one to be written
};

}  // namespace

std::unique_ptr<PointsText> points_as_csv(bool spreadsheet_safe) {
  return std::make_unique<CsvText>(spreadsheet_safe);
}

}  // namespace millrace::gateway
