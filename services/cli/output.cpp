// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <google/protobuf/util/json_util.h>

#include "cli/text_table.h"
#include "lib/csv/csv.h"
#include "lib/error/error.h"

namespace millrace::cli {

absl::StatusOr<std::string> to_json(const google::protobuf::Message& message, JsonStyle style) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = style == JsonStyle::kPretty;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError("cannot print the answer as JSON: " + status.ToString());
  }
  if (!json.empty() && json.back() == '\n') json.pop_back();
  return json;
}

absl::Status Output::print(const google::protobuf::Message& message, const Table& table) {
  std::string json;
  if (format_ == Format::kJson) {
    MILLRACE_ASSIGN_OR_RETURN(json, to_json(message, JsonStyle::kPretty));
  }
  return print(json, table);
}

absl::Status Output::print(const std::string& json, const Table& table) {
  switch (format_) {
    case Format::kJson:
      MILLRACE_RETURN_IF_ERROR(write(json + "\n"));
      break;
    case Format::kCsv:
      MILLRACE_RETURN_IF_ERROR(write(csv::line(table.columns)));
      for (const auto& row : table.rows) MILLRACE_RETURN_IF_ERROR(write(csv::line(row)));
      break;
    case Format::kTable:
      MILLRACE_RETURN_IF_ERROR(write(text_table(table)));
      break;
  }
  return flush();
}

absl::Status Output::write(const std::string& text) {
  out_.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (out_.good()) return absl::OkStatus();
  return absl::DataLossError("cannot write to standard output: it is closed, or the disk is full");
}

absl::Status Output::flush() {
  out_.flush();
  return write("");
}

}  // namespace millrace::cli
