// SPDX-License-Identifier: Apache-2.0
#include "lib/rules_file/rules_reader.h"

#include <algorithm>
#include <set>

#include <absl/strings/match.h>
#include <fmt/format.h>

#include "lib/config/spelling.h"
#include "lib/config/value_text.h"
#include "lib/error/error.h"
#include "lib/series_rules/check.h"
#include "lib/series_rules/field.h"
#include "lib/series_rules/words.h"

namespace millrace::rules_file {
namespace {

namespace v1 = configuration::v1;
using series_rules::shown;

std::string joined(const std::string& field, const std::string& key) {
  return field.empty() ? key : field + "." + key;
}

}  // namespace

void RulesReader::fault(int line, const std::string& field, const std::string& what) {
  faults_.push_back({line, field.empty() ? what : field + ": " + what});
  faulty_.emplace(field, line);
}

bool RulesReader::is_map(const YamlNode& node, const std::string& field) {
  if (node.kind == YamlNode::Kind::kMap) return true;
  if (node.kind != YamlNode::Kind::kNull) {
    fault(node.line, field, "keys with their values should stand here, as in `path: location`");
  }
  return false;
}

void RulesReader::read_map(const YamlNode& map, const std::string& field, const Keys& keys) {
  if (!is_map(map, field)) return;
  std::vector<std::string> known;
  for (const auto& [key, read] : keys) known.push_back(key);
  std::set<std::string_view> seen;
  for (const YamlMember& member : map.members) {
    const auto key = std::find(known.begin(), known.end(), member.key);
    const std::string member_field =
        joined(field, key == known.end() ? shown(member.key) : member.key);
    if (key == known.end()) {
      const auto meant = config::nearest(member.key, known);
      fault(member.line, member_field,
            meant ? fmt::format("there is no such key; did you mean {}?", *meant)
                  : fmt::format("there is no such key; there are {}", fmt::join(known, ", ")));
    } else if (!seen.insert(member.key).second) {
      fault(member.line, member_field, "it is there twice");
    } else {
      lines_[member_field] = member.line;
      keys[static_cast<std::size_t>(key - known.begin())].second(member.value, member_field);
    }
  }
}

const std::vector<YamlNode>& RulesReader::elements_of(const YamlNode& node,
                                                      const std::string& field) {
  if (node.kind == YamlNode::Kind::kMap || node.kind == YamlNode::Kind::kScalar) {
    fault(node.line, field, "a list should stand here, each entry after a - or all of them in [ ]");
  }
  return node.elements;
}

std::string RulesReader::text_of(const YamlNode& node, const std::string& field) {
  if (node.kind == YamlNode::Kind::kMap || node.kind == YamlNode::Kind::kSequence) {
    fault(node.line, field, "a text should stand here");
  }
  return node.text;
}

bool RulesReader::truth_of(const YamlNode& node, const std::string& field) {
  if (node.kind == YamlNode::Kind::kNull) return false;
  const bool scalar = node.kind == YamlNode::Kind::kScalar && node.plain;
  if (scalar && absl::EqualsIgnoreCase(node.text, "true")) return true;
  if (!scalar || !absl::EqualsIgnoreCase(node.text, "false")) {
    fault(node.line, field, "true or false should stand here");
  }
  return false;
}

void RulesReader::read_plain(const YamlNode& root) {
  if (root.kind != YamlNode::Kind::kMap) {
    fault(root.line, "", "keys such as auto-extract and names should stand here; {} takes nothing");
    return;
  }
  const auto auto_extract = [this](const YamlNode& node, const std::string& field) {
    rules_.set_auto_extract(truth_of(node, field));
  };
  const auto strings_and_booleans = [this](const YamlNode& node, const std::string& field) {
    rules_.set_auto_extract_strings_and_booleans(truth_of(node, field));
  };
  const auto part = [this](void (RulesReader::*read)(const YamlNode&, const std::string&)) {
    return [this, read](const YamlNode& node, const std::string& field) {
      (this->*read)(node, field);
    };
  };
  read_map(root, "",
           {{"auto-extract", auto_extract},
            {"auto-extract-strings-and-booleans", strings_and_booleans},
            {"auto-extract-exclusions", part(&RulesReader::read_exclusions)},
            {"names", part(&RulesReader::read_names)},
            {"timestamp", part(&RulesReader::read_timestamp)},
            {"retention", part(&RulesReader::read_retention)}});
}

bool RulesReader::is_kaa(const YamlNode& root) {
  return std::any_of(root.members.begin(), root.members.end(),
                     [](const YamlMember& member) { return member.key == "kaa"; });
}

void RulesReader::read_kaa(const YamlNode& root, const std::string& application_name) {
  const auto applications = [&](const YamlNode& node, const std::string& field) {
    if (!is_map(node, field)) return;
    const YamlMember* const chosen = choose_application(node, application_name);
    if (chosen == nullptr) return;
    application_name_ = chosen->key;
    read_application(chosen->value, field + "." + shown(chosen->key));
  };
  const auto kaa = [&](const YamlNode& node, const std::string& field) {
    read_map(node, field, {{"applications", applications}});
  };
  read_map(root, "", {{"kaa", kaa}});
  if (application_name_.empty() && faults_.empty()) {
    fault(root.line, "kaa", "there is no application in it");
  }
}

const YamlMember* RulesReader::choose_application(const YamlNode& applications,
                                                  const std::string& wanted) {
  std::vector<std::string> names;
  const YamlMember* chosen = nullptr;
  for (const YamlMember& member : applications.members) {
    names.push_back(shown(member.key));
    if (!wanted.empty() && member.key != wanted) continue;
    if (chosen != nullptr) {
      fault(member.line, "kaa.applications",
            wanted.empty() ? "there are several applications: say which one is meant"
                           : "it is there twice");
      return nullptr;
    }
    chosen = &member;
  }
  if (chosen == nullptr && !names.empty()) {
    fault(applications.line, "kaa.applications",
          fmt::format("there is no application {}; there are {}", shown(wanted),
                      fmt::join(names, ", ")));
  } else if (names.size() > 1) {
    notes_.push_back(
        {applications.line, "the other applications of the file are left as they are"});
  }
  return chosen;
}

void RulesReader::read_application(const YamlNode& application, const std::string& field) {
  bool found = false;
  const auto versions = [this](const YamlNode& /*node*/, const std::string& versions_field) {
    notes_.push_back({line_of(versions_field),
                      versions_field + ": passed over; versions of an application are made with "
                                       "millrace app-version"});
  };
  const auto time_series = [&](const YamlNode& node, const std::string& /*field*/) {
    found = true;
    read_plain(node);
  };
  const std::size_t faults = faults_.size();
  read_map(application, field, {{"versions", versions}, {"time-series", time_series}});
  if (!found && faults_.size() == faults) {
    fault(application.line, field, "there is no time-series in it");
  }
}

void RulesReader::read_exclusions(const YamlNode& node, const std::string& field) {
  for (const YamlNode& element : elements_of(node, field)) {
    const std::string name = fmt::format("{}[{}]", field, rules_.auto_extract_exclusions_size());
    lines_[name] = element.line;
    rules_.add_auto_extract_exclusions(text_of(element, name));
  }
}

void RulesReader::read_timestamp(const YamlNode& node, const std::string& field) {
  v1::TimestampRule& rule = *rules_.mutable_timestamp();
  const auto path = [&](const YamlNode& value, const std::string& name) {
    rule.set_path(text_of(value, name));
  };
  const auto format = [&](const YamlNode& value, const std::string& name) {
    const std::string text = text_of(value, name);
    const auto read = series_rules::format_of(text);
    if (read) rule.set_format(*read);
    if (read || text.empty()) return;
    fault(value.line, name,
          fmt::format("{} is none of {}", shown(text), series_rules::format_words()));
  };
  const auto fallback = [&](const YamlNode& value, const std::string& name) {
    const std::string text = text_of(value, name);
    const auto read = series_rules::fallback_of(text);
    if (read) rule.set_fallback(*read);
    if (read || text.empty()) return;
    fault(value.line, name,
          fmt::format("{} is none of {}", shown(text), series_rules::fallback_words()));
  };
  read_map(node, field, {{"path", path}, {"format", format}, {"fallback-strategy", fallback}});
}

void RulesReader::read_names(const YamlNode& node, const std::string& field) {
  if (!is_map(node, field)) return;
  std::set<std::string_view> seen;
  for (const YamlMember& member : node.members) {
    if (seen.insert(member.key).second) {
      read_series(member);
    } else {
      fault(member.line, series_rules::series_field(member.key), "it is there twice");
    }
  }
}

void RulesReader::read_series(const YamlMember& member) {
  const std::string field = series_rules::series_field(member.key);
  lines_[field] = member.line;
  v1::SeriesRule& series = *rules_.add_series();
  series.set_name(member.key);
  const auto values = [&](const YamlNode& node, const std::string& values_field) {
    for (const YamlNode& element : elements_of(node, values_field)) {
      const std::string name =
          series_rules::value_field(member.key, static_cast<std::size_t>(series.values_size()));
      lines_[name] = element.line;
      read_value(element, name, *series.add_values());
    }
  };
  read_map(member.value, field, {{"values", values}});
}

void RulesReader::read_value(const YamlNode& node, const std::string& field, v1::ValueRule& value) {
  const auto text = [this, &value](void (v1::ValueRule::*set)(std::string &&)) {
    return [this, &value, set](const YamlNode& entry, const std::string& name) {
      (value.*set)(text_of(entry, name));
    };
  };
  const auto type = [&](const YamlNode& entry, const std::string& name) {
    const std::string word = text_of(entry, name);
    const auto read = series_rules::type_of(word);
    if (read) value.set_type(*read);
    if (read || word.empty()) return;
    fault(entry.line, name,
          fmt::format("{} is none of {}", shown(word), series_rules::type_words()));
  };
  read_map(node, field,
           {{"path", text(&v1::ValueRule::set_path)},
            {"name", text(&v1::ValueRule::set_name)},
            {"type", type},
            {"unit", text(&v1::ValueRule::set_unit)},
            {"description", text(&v1::ValueRule::set_description)}});
}

void RulesReader::read_retention(const YamlNode& node, const std::string& field) {
  const std::string text = text_of(node, field);
  if (text.empty()) return;
  const auto length = config::parse_duration(text);
  if (!length.ok()) {
    fault(node.line, field, fmt::format("{}: {}", shown(text), error::message(length.status())));
  } else if (length->count() % 1000 != 0) {
    fault(node.line, field, fmt::format("{} is no whole number of seconds", shown(text)));
  } else {
    rules_.set_retention_seconds(length->count() / 1000);
  }
}

int RulesReader::line_of(std::string field) const {
  while (true) {
    if (const auto line = lines_.find(field); line != lines_.end()) return line->second;
    const std::size_t cut = field.find_last_of(".[");
    if (cut == std::string::npos) return 0;
    field.resize(cut);
  }
}

void RulesReader::check() {
  series_rules::Checked checked = series_rules::check_all(rules_);
  for (const series_rules::Fault& found : checked.faults) {
    // Said already, in the words of the file.
    if (faulty_.count(found.field) > 0) continue;
    faults_.push_back({line_of(found.field), found.field + ": " + found.what});
  }
  rules_ = std::move(checked.rules);
}

}  // namespace millrace::rules_file
