// SPDX-License-Identifier: Apache-2.0
#include "epts/compiled_rules_cache.h"

#include <utility>

#include "lib/error/error.h"

namespace millrace::epts {

absl::StatusOr<std::shared_ptr<const extraction::CompiledRules>> CompiledRulesCache::rules(
    const std::string& application_name) {
  MILLRACE_ASSIGN_OR_RETURN(auto source, directory_.rules(application_name));
  if (const Entry* known = cache_.find(application_name);
      known != nullptr && known->source == source) {
    return known->compiled;
  }
  MILLRACE_ASSIGN_OR_RETURN(auto compiled, extraction::CompiledRules::compile(*source));
  const std::size_t weight = 256 + source->ByteSizeLong();
  return cache_.insert(application_name, {std::move(source), std::move(compiled)}, weight).compiled;
}

}  // namespace millrace::epts
