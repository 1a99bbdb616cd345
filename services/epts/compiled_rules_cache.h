// SPDX-License-Identifier: Apache-2.0
//
// Series rules of applications, compiled once for each answer of the registry. For one thread; the
// rules themselves may be used from any.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "lib/extraction/compiled_rules.h"
#include "lib/registry_client/rules_directory.h"
#include "lib/time_series/recent_cache.h"

namespace millrace::epts {

class CompiledRulesCache {
 public:
  explicit CompiledRulesCache(registry_client::RulesDirectory& directory) : directory_(directory) {}

  // As RulesDirectory::rules(). kInvalidArgument: rules that the registry should not have taken;
  // this epts may be older than it.
  absl::StatusOr<std::shared_ptr<const extraction::CompiledRules>> rules(
      const std::string& application_name);

 private:
  struct Entry {
    // Not its version: an application that is deleted and made again begins with 1 again.
    std::shared_ptr<const configuration::v1::SeriesRules> source;
    std::shared_ptr<const extraction::CompiledRules> compiled;
  };

  registry_client::RulesDirectory& directory_;
  // By application; weights are bytes of the rules' message, compiled some ten times as much.
  time_series::RecentCache<std::string, Entry> cache_{8 << 20};
};

}  // namespace millrace::epts
