// SPDX-License-Identifier: Apache-2.0
//
// One version of an application's series rules, made ready for extraction. Immutable: safe to use
// from any thread, and shared between them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "lib/extraction/path_trie.h"
#include "lib/series_rules/check.h"
#include "lib/time_series/value_type.h"

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::extraction {

using series_rules::kMaxValuesOfPath;

class CompiledRules {
 public:
  struct Value {
    std::string series;
    std::string name;
    time_series::ValueType type = time_series::ValueType::kNumber;
    std::string path;  // as series_rules::path_text() writes it
    std::uint32_t series_index = 0;
  };
  struct Timestamp {
    PathTrie::Node node = PathTrie::kNone;
    std::string path;
    configuration::v1::TimestampFormat format = configuration::v1::TIMESTAMP_FORMAT_ISO8601;
    bool falls_back = false;  // to the time of receipt
  };

  // `rules` that series_rules::check() gave out. What is unset has its default here too.
  // kInvalidArgument: a path that cannot be read, or one of more than kMaxValuesOfPath values.
  static absl::StatusOr<std::shared_ptr<const CompiledRules>> compile(
      const configuration::v1::SeriesRules& rules);

  std::int64_t version() const { return version_; }
  // No sample can give anything under these rules.
  bool take_nothing() const { return !auto_numbers_ && !auto_others_ && values_.empty(); }
  // Numbers at the root of a sample become series; strings and booleans do.
  bool auto_numbers() const { return auto_numbers_; }
  bool auto_others() const { return auto_others_; }
  // Of a node below the root: auto-extraction passes over it.
  bool is_excluded(PathTrie::Node node) const { return excluded_[node]; }

  const PathTrie& paths() const { return paths_; }
  // In the order of the rules, so that those of one series are neighbours.
  std::span<const Value> values() const { return values_; }
  // Indices of values().
  std::span<const std::uint32_t> values_at(PathTrie::Node node) const {
    return std::span(values_by_node_)
        .subspan(first_of_node_[node], first_of_node_[node + 1] - first_of_node_[node]);
  }
  // Nothing: the time of a sample is when it was received.
  const std::optional<Timestamp>& timestamp() const { return timestamp_; }
  // How long points are kept; nothing: as long as the deployment says.
  std::optional<std::chrono::milliseconds> retention() const { return retention_; }

 private:
  CompiledRules() = default;

  absl::Status add_values(const configuration::v1::SeriesRule& series, std::uint32_t series_index);
  absl::Status set_timestamp(const configuration::v1::TimestampRule& rule);
  void exclude(PathTrie::Node node);
  absl::Status order_by_node();

  std::int64_t version_ = 0;
  bool auto_numbers_ = false;
  bool auto_others_ = false;
  PathTrie paths_;
  std::vector<Value> values_;
  std::vector<PathTrie::Node> nodes_;          // by value
  std::vector<std::uint32_t> first_of_node_;   // by node and one more: index into values_by_node_
  std::vector<std::uint32_t> values_by_node_;  // indices of values, ascending within a node
  std::vector<bool> excluded_;                 // by node
  std::optional<Timestamp> timestamp_;
  std::optional<std::chrono::milliseconds> retention_;
};

}  // namespace millrace::extraction
