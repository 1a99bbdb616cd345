// SPDX-License-Identifier: Apache-2.0
#include "lib/rules_file/rules_file.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/rules_file/rules_reader.h"
#include "lib/rules_file/yaml_tree.h"

namespace millrace::rules_file {
namespace {

constexpr std::size_t kMaxListedFaults = 100;

std::string line_text(const std::string& name, const FileFault& fault) {
  if (fault.line == 0) return fmt::format("{}: {}", name, fault.what);
  return fmt::format("{}:{}: {}", name, fault.line, fault.what);
}

absl::Status refusal(const std::string& name, std::vector<FileFault> faults) {
  std::stable_sort(faults.begin(), faults.end(),
                   [](const FileFault& a, const FileFault& b) { return a.line < b.line; });
  std::string text = "cannot use " + name + ":";
  for (std::size_t i = 0; i < std::min(faults.size(), kMaxListedFaults); ++i) {
    text += fmt::format("\n{}", line_text(name, faults[i]));
  }
  if (faults.size() > kMaxListedFaults) {
    text += fmt::format("\n… and {} more", faults.size() - kMaxListedFaults);
  }
  return absl::InvalidArgumentError(text);
}

}  // namespace

absl::StatusOr<RulesFile> read_rules_file(const std::string& name, std::string_view text,
                                          const std::string& application_name) {
  const auto tree = read_yaml(text);
  if (const auto* fault = std::get_if<FileFault>(&tree)) return refusal(name, {*fault});
  const auto& root = std::get<YamlNode>(tree);
  RulesReader reader;
  if (RulesReader::is_kaa(root)) {
    reader.read_kaa(root, application_name);
  } else {
    reader.read_plain(root);
  }
  reader.check();
  if (!reader.faults().empty()) return refusal(name, reader.faults());
  RulesFile file{reader.rules(), reader.application_name(), {}};
  for (const FileFault& note : reader.notes()) file.notes.push_back(line_text(name, note));
  return file;
}

}  // namespace millrace::rules_file
