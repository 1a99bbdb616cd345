// SPDX-License-Identifier: Apache-2.0
#include "epts/compiled_rules_cache.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace millrace::epts {
namespace {

using configuration::v1::SeriesRules;

class Answers final : public registry_client::RulesDirectory {
 public:
  absl::StatusOr<std::shared_ptr<const SeriesRules>> rules(const std::string& name) override {
    const auto known = by_application.find(name);
    if (known == by_application.end()) return absl::NotFoundError("no such application");
    return known->second;
  }
  absl::StatusOr<std::shared_ptr<const SeriesRules>> current_rules(
      const std::string& name) override {
    return rules(name);
  }
  void answer(const std::string& name, std::int64_t version, bool auto_extract) {
    auto rules = std::make_shared<SeriesRules>();
    rules->set_version(version);
    rules->set_auto_extract(auto_extract);
    by_application[name] = std::move(rules);
  }

  std::map<std::string, std::shared_ptr<const SeriesRules>> by_application;
};

TEST(CompiledRulesCache, CompilesAnAnswerOnce) {
  Answers answers;
  CompiledRulesCache cache(answers);
  answers.answer("app", 1, true);
  const auto first = cache.rules("app");
  EXPECT_TRUE((*first)->auto_numbers());
  EXPECT_EQ(*cache.rules("app"), *first);
}

TEST(CompiledRulesCache, TakesANewAnswerAlsoUnderAnOldVersion) {
  Answers answers;
  CompiledRulesCache cache(answers);
  answers.answer("app", 1, true);
  EXPECT_FALSE((*cache.rules("app"))->take_nothing());
  answers.answer("app", 1, false);
  EXPECT_TRUE((*cache.rules("app"))->take_nothing());
}

TEST(CompiledRulesCache, HandsFailuresOn) {
  Answers answers;
  CompiledRulesCache cache(answers);
  EXPECT_TRUE(absl::IsNotFound(cache.rules("nobody").status()));
  auto broken = std::make_shared<SeriesRules>();
  broken->add_series()->add_values()->set_path("a..b");
  answers.by_application["app"] = broken;
  EXPECT_TRUE(absl::IsInvalidArgument(cache.rules("app").status()));
}

}  // namespace
}  // namespace millrace::epts
