// SPDX-License-Identifier: Apache-2.0
//
// What a command prints: the same answer as a table for people, as CSV, or as the proto message in
// proto3 JSON.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

namespace millrace::cli {

enum class Format { kTable, kJson, kCsv };

// Names of columns in snake_case.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

class Output {
 public:
  Output(std::ostream& out, Format format) : out_(out), format_(format) {}

  Format format() const { return format_; }

  // `table` says what `message` says.
  absl::Status print(const google::protobuf::Message& message, const Table& table);
  // For what is no message of ours: `json` is a document.
  absl::Status print(const std::string& json, const Table& table);
  // For answers that are printed piece by piece.
  absl::Status write(const std::string& text);
  // Fails where the reader of our output has gone or a disk is full.
  absl::Status flush();

 private:
  std::ostream& out_;
  const Format format_;
};

// proto3 JSON; every field stands in it, also with its default. `pretty`: on several lines.
enum class JsonStyle { kPretty, kOneLine };
absl::StatusOr<std::string> to_json(const google::protobuf::Message& message, JsonStyle style);

}  // namespace millrace::cli
