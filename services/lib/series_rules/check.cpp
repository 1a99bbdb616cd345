// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/check.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/series_rules/field.h"
#include "lib/series_rules/path.h"
#include "lib/series_rules/retention.h"
#include "lib/series_rules/words.h"
#include "lib/utf8/utf8.h"

namespace millrace::series_rules {
namespace {

namespace v1 = configuration::v1;

constexpr std::size_t kMaxExclusionBytes = 256;
constexpr std::size_t kMaxUnitCharacters = 32;
constexpr std::size_t kMaxDescriptionCharacters = 500;

constexpr std::string_view kDefaultValueName = "value";

// gRPC takes 8 KiB of metadata, where a byte of a status may become three.
constexpr std::size_t kMaxListedFaults = 20;
constexpr std::size_t kMaxListedBytes = 2000;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// One walk over the rules: fills in defaults where it stands and notes what is wrong.
class Checker {
 public:
  explicit Checker(Checked& checked) : rules_(checked.rules), faults_(checked.faults) {}

  void run() {
    rules_.clear_version();
    check_exclusions();
    check_timestamp();
    if (rules_.series_size() > kMaxSeries) {
      add("names", fmt::format("there are {} series; at most {} are possible", rules_.series_size(),
                               kMaxSeries));
    }
    for (v1::SeriesRule& series : *rules_.mutable_series()) check_series(series);
    if (values_ > kMaxValues) {
      add("names",
          fmt::format("there are {} values; at most {} are possible", values_, kMaxValues));
    }
    check_retention();
    const std::size_t bytes = rules_.ByteSizeLong();
    if (bytes > kMaxBytes) {
      add("names",
          fmt::format("the rules have {} bytes; at most {} are possible: shorten descriptions and "
                      "paths",
                      bytes, kMaxBytes));
    }
  }

 private:
  void add(std::string field, std::string what) {
    faults_.push_back({std::move(field), std::move(what)});
  }

  void check_exclusions();
  void check_timestamp();
  void check_series(v1::SeriesRule& series);
  void check_value(const std::string& field, v1::ValueRule& value);
  void check_path(const std::string& field, std::string& path);
  void check_value_name(const std::string& field, const std::string& name);
  void check_text(const std::string& field, const std::string& text, std::size_t max_characters);
  void check_retention();

  v1::SeriesRules& rules_;
  std::vector<Fault>& faults_;
  std::set<std::string, std::less<>> series_names_;
  std::map<std::string, std::size_t> values_of_path_;
  int values_ = 0;
};

void Checker::check_exclusions() {
  constexpr char kField[] = "auto-extract-exclusions";
  if (rules_.auto_extract_exclusions_size() > kMaxExclusions) {
    add(kField, fmt::format("there are {} names; at most {} are possible",
                            rules_.auto_extract_exclusions_size(), kMaxExclusions));
  }
  std::set<std::string_view> seen;
  for (int i = 0; i < rules_.auto_extract_exclusions_size(); ++i) {
    const std::string& name = rules_.auto_extract_exclusions(i);
    const std::string field = fmt::format("{}[{}]", kField, i);
    if (name.empty() || name.size() > kMaxExclusionBytes || !utf8::is_valid(name) ||
        has_control(name)) {
      add(field, fmt::format("{} must be the name of a field: 1 to {} bytes without control "
                             "characters",
                             shown(name), kMaxExclusionBytes));
    } else if (!seen.insert(name).second) {
      add(field, fmt::format("{} is there twice", shown(name)));
    }
  }
}

void Checker::check_timestamp() {
  if (!rules_.has_timestamp()) return;
  v1::TimestampRule& rule = *rules_.mutable_timestamp();
  if (word(rule.format()).empty()) {
    add("timestamp.format",
        fmt::format("{} is none of {}", static_cast<int>(rule.format()), format_words()));
  }
  if (word(rule.fallback()).empty()) {
    add("timestamp.fallback-strategy",
        fmt::format("{} is none of {}", static_cast<int>(rule.fallback()), fallback_words()));
  }
  if (rule.path().empty()) {
    rules_.clear_timestamp();
    return;
  }
  check_path("timestamp.path", *rule.mutable_path());
  if (rule.format() == v1::TIMESTAMP_FORMAT_UNSPECIFIED) {
    rule.set_format(v1::TIMESTAMP_FORMAT_ISO8601);
  }
  if (rule.fallback() == v1::TIMESTAMP_FALLBACK_UNSPECIFIED) {
    rule.set_fallback(v1::TIMESTAMP_FALLBACK_FAIL);
  }
}

void Checker::check_series(v1::SeriesRule& series) {
  const std::string field = series_field(series.name());
  if (!is_series_name(series.name())) {
    add(field, fmt::format("the name of a series must have 1 to {} characters of A-Z a-z 0-9 - _",
                           kMaxSeriesNameBytes));
  } else if (!series_names_.insert(series.name()).second) {
    add(field, "there are two series of this name");
  }
  if (series.values_size() == 0) add(field + ".values", "a series must have at least one value");
  values_ += series.values_size();
  std::set<std::string_view> names;
  for (int i = 0; i < series.values_size(); ++i) {
    v1::ValueRule& rule = *series.mutable_values(i);
    const std::string rule_field = value_field(series.name(), static_cast<std::size_t>(i));
    check_value(rule_field, rule);
    if (!names.insert(rule.name()).second) {
      add(rule_field + ".name",
          fmt::format("the series has another value named {}", shown(rule.name())));
    }
  }
}

void Checker::check_value(const std::string& field, v1::ValueRule& value) {
  check_path(field + ".path", *value.mutable_path());
  if (++values_of_path_[value.path()] == kMaxValuesOfPath + 1) {
    add(field + ".path", fmt::format("{} has {} values already, as many as are possible",
                                     shown(value.path()), kMaxValuesOfPath));
  }
  if (value.name().empty()) value.set_name(std::string(kDefaultValueName));
  check_value_name(field + ".name", value.name());
  if (word(value.type()).empty()) {
    add(field + ".type",
        fmt::format("{} is none of {}", static_cast<int>(value.type()), type_words()));
  } else if (value.type() == v1::VALUE_TYPE_UNSPECIFIED) {
    value.set_type(v1::VALUE_TYPE_NUMBER);
  }
  check_text(field + ".unit", value.unit(), kMaxUnitCharacters);
  check_text(field + ".description", value.description(), kMaxDescriptionCharacters);
}

void Checker::check_path(const std::string& field, std::string& path) {
  if (path.empty()) {
    add(field, "it is missing: say where in a sample the value is, as in location.latitude");
    return;
  }
  if (has_control(path)) {
    add(field, fmt::format("{} has a control character", shown(path)));
    return;
  }
  const auto parsed = parse_path(path);
  if (parsed.ok()) {
    path = path_text(*parsed);
  } else {
    add(field, error::message(parsed.status()));
  }
}

void Checker::check_value_name(const std::string& field, const std::string& name) {
  if (is_reserved_value_name(name)) {
    add(field, fmt::format("{} is reserved; use another name", shown(name)));
  } else if (!name.empty() && !is_value_name(name)) {
    add(field, fmt::format("{} must have 1 to {} bytes without \\ ^ $ ' \" = , and control "
                           "characters",
                           shown(name), kMaxValueNameBytes));
  }
}

void Checker::check_text(const std::string& field, const std::string& text,
                         std::size_t max_characters) {
  if (utf8::is_valid(text) && characters(text) <= max_characters && !has_control(text)) return;
  add(field, fmt::format("{} must have at most {} characters, none of them a control character",
                         shown(text), max_characters));
}

void Checker::check_retention() {
  const std::int64_t seconds = rules_.retention_seconds();
  constexpr std::int64_t kShortest = std::chrono::seconds(kShortestRetention).count();
  constexpr std::int64_t kLongest = std::chrono::seconds(kLongestRetention).count();
  if (seconds == 0) return;
  if (seconds < kShortest || seconds > kLongest) {
    add("retention", fmt::format("{} seconds must be from {} (1h) to {} (36500d)", seconds,
                                 kShortest, kLongest));
  }
}

}  // namespace

Checked check_all(const v1::SeriesRules& rules) {
  Checked checked{rules, {}};
  Checker(checked).run();
  return checked;
}

absl::StatusOr<v1::SeriesRules> check(const v1::SeriesRules& rules) {
  Checked checked = check_all(rules);
  if (checked.faults.empty()) return std::move(checked.rules);
  std::string list;
  std::size_t listed = 0;
  for (const Fault& fault : checked.faults) {
    const std::string line = fmt::format("\n{}: {}", fault.field, fault.what);
    if (listed == kMaxListedFaults || list.size() + line.size() > kMaxListedBytes) break;
    list += line;
    ++listed;
  }
  if (listed < checked.faults.size()) {
    list += fmt::format("\n… and {} more", checked.faults.size() - listed);
  }
  return absl::InvalidArgumentError(
      fmt::format("cannot use these series rules, {} of their fields must change:{}",
                  checked.faults.size(), list));
}

}  // namespace millrace::series_rules
