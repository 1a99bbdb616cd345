// SPDX-License-Identifier: Apache-2.0
#include "cli/rules_document.h"

#include <utility>

#include "cli/document.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"
#include "lib/rules_file/rules_file.h"
#include "lib/rules_file/yaml_tree.h"

namespace millrace::cli {

absl::StatusOr<RulesDocument> read_rules_document(Run& run, const std::string& path,
                                                  const std::string& application) {
  MILLRACE_ASSIGN_OR_RETURN(const std::string text,
                            read_document(path, run.in, rules_file::kMaxFileBytes));
  MILLRACE_ASSIGN_OR_RETURN(rules_file::RulesFile file,
                            rules_file::read_rules_file(document_name(path), text, application));
  RulesDocument document{application.empty() ? file.application_name : application,
                         std::move(file.rules)};
  if (document.application_name.empty()) {
    return wrong_usage("--app is missing: the file does not say of which application it is");
  }
  for (const std::string& note : file.notes) run.note(note);
  return document;
}

}  // namespace millrace::cli
