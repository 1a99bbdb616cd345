// SPDX-License-Identifier: Apache-2.0
//
// From the tree of a file to series rules: which keys there are and what each may hold. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/rules_file/yaml_tree.h"

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::rules_file {

class RulesReader {
 public:
  // The plain form: auto-extract, names, timestamp, …
  void read_plain(const YamlNode& root);
  // kaa: applications: <application>: time-series: <the plain form>
  void read_kaa(const YamlNode& root, const std::string& application_name);
  static bool is_kaa(const YamlNode& root);

  // Adds what series_rules::check() finds, with the lines of the file.
  void check();

  const configuration::v1::SeriesRules& rules() const { return rules_; }
  const std::string& application_name() const { return application_name_; }
  const std::vector<FileFault>& faults() const { return faults_; }
  const std::vector<FileFault>& notes() const { return notes_; }

 private:
  using Read = std::function<void(const YamlNode&, const std::string& field)>;
  using Keys = std::vector<std::pair<std::string, Read>>;

  void fault(int line, const std::string& field, const std::string& what);
  // Calls the reader of each key. Unknown keys and keys that are there twice are faults; a map that
  // holds nothing is as if it were not there.
  void read_map(const YamlNode& map, const std::string& field, const Keys& keys);
  bool is_map(const YamlNode& node, const std::string& field);
  // The elements; none where it is no sequence, which is a fault.
  const std::vector<YamlNode>& elements_of(const YamlNode& node, const std::string& field);
  std::string text_of(const YamlNode& node, const std::string& field);
  bool truth_of(const YamlNode& node, const std::string& field);

  void read_application(const YamlNode& application, const std::string& field);
  const YamlMember* choose_application(const YamlNode& applications, const std::string& wanted);
  void read_exclusions(const YamlNode& node, const std::string& field);
  void read_timestamp(const YamlNode& node, const std::string& field);
  void read_names(const YamlNode& node, const std::string& field);
  void read_series(const YamlMember& member);
  void read_value(const YamlNode& node, const std::string& field,
                  configuration::v1::ValueRule& value);
  void read_retention(const YamlNode& node, const std::string& field);
  // Of a field, or of the nearest one that it is a part of.
  int line_of(std::string field) const;

  configuration::v1::SeriesRules rules_;
  std::string application_name_;
  std::map<std::string, int> lines_;
  std::vector<FileFault> faults_;
  std::map<std::string, int> faulty_;  // fields that have a fault of form
  std::vector<FileFault> notes_;
};

}  // namespace millrace::rules_file
