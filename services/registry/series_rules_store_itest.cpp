// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <thread>

#include "registry/migrations.h"
#include "registry/registry_fixture.h"
#include "registry/series_rules_store.h"

namespace millrace::registry {
namespace {

using configuration::v1::SeriesRules;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kNewest = std::numeric_limits<std::int64_t>::max();

SeriesRules rules_with(const std::string& series) {
  SeriesRules rules;
  rules.add_series()->set_name(series);
  rules.mutable_series(0)->add_values()->set_path("a");
  return rules;
}

WantedRules wanted(const std::string& series, std::int64_t expected_version = 0) {
  return {"app", rules_with(series), expected_version, {"somebody", "why"}, false};
}

class SeriesRulesStoreItest : public RegistryItest {
 protected:
  SeriesRulesStoreItest() {
    v1::CreateApplicationRequest request;
    request.set_name("app");
    EXPECT_TRUE(applications_.create(request, {"creator", ""}).ok());
  }
  // What the newest version says, without its number.
  SeriesRules newest() {
    auto version = rules_.get("app", 0);
    EXPECT_TRUE(version.ok()) << version.status();
    version->mutable_series_rules()->clear_version();
    return version->series_rules();
  }
  std::vector<std::int64_t> versions() {
    std::vector<std::int64_t> numbers;
    const auto listed = rules_.list("app", kNewest, 2000);
    EXPECT_TRUE(listed.ok()) << listed.status();
    for (const auto& one : *listed) numbers.push_back(one.series_rules().version());
    return numbers;
  }
};

TEST_F(SeriesRulesStoreItest, AnApplicationBeginsWithAVersion) {
  const auto first = rules_.get("app", 0);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->series_rules().version(), 1);
  EXPECT_EQ(first->created_by(), "creator");
  EXPECT_FALSE(first->series_rules().auto_extract());
}

TEST_F(SeriesRulesStoreItest, KeepsWhoMadeAVersionAndWhatFor) {
  const auto made = rules_.apply(wanted("a"));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->series_rules().version(), 2);
  EXPECT_EQ(made->created_by(), "somebody");
  EXPECT_EQ(made->comment(), "why");
  EXPECT_GT(made->created_at().seconds(), 1'700'000'000);
  EXPECT_EQ(rules_.get("app", 2)->SerializeAsString(), made->SerializeAsString());
  EXPECT_EQ(applications_.get("app")->rules_version(), 2);
  EXPECT_THAT(versions(), ElementsAre(2, 1));
}

TEST_F(SeriesRulesStoreItest, TheApplicationSaysWhetherItAutoExtracts) {
  WantedRules rules = wanted("a");
  rules.rules.set_auto_extract(true);
  ASSERT_TRUE(rules_.apply(rules).ok());
  EXPECT_TRUE(applications_.get("app")->auto_extract());
  v1::UpdateApplicationRequest off;
  off.set_name("app");
  off.set_auto_extract(false);
  ASSERT_TRUE(applications_.update(off, {"other", ""}).ok());
  EXPECT_EQ(newest().SerializeAsString(), rules_with("a").SerializeAsString());
  EXPECT_EQ(rules_.get("app", 3)->created_by(), "other");
}

TEST_F(SeriesRulesStoreItest, EqualRulesMakeNoVersionAlsoWhereTheCallIsRepeated) {
  ASSERT_TRUE(rules_.apply(wanted("a", 1)).ok());
  const auto again = rules_.apply(wanted("a", 1));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->series_rules().version(), 2);
}

TEST_F(SeriesRulesStoreItest, RefusesAnotherVersionThanTheExpectedOne) {
  ASSERT_TRUE(rules_.apply(wanted("a")).ok());
  const auto refused = rules_.apply(wanted("b", 1));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("newest version is 2"));
  EXPECT_EQ(newest().series(0).name(), "a");
  EXPECT_TRUE(rules_.apply(wanted("b", 2)).ok());
}

TEST_F(SeriesRulesStoreItest, ValidatingChangesNothing) {
  WantedRules rules = wanted("a");
  rules.validate_only = true;
  const auto preview = rules_.apply(rules);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->series_rules().version(), 1);
  EXPECT_EQ(preview->series_rules().series(0).name(), "a");
  EXPECT_THAT(versions(), ElementsAre(1));
}

TEST_F(SeriesRulesStoreItest, OfManyWhoSawTheSameVersionOneWins) {
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([this, i, &won] {
        const auto made = rules_.apply(wanted("s" + std::to_string(i), 1));
        if (made.ok()) ++won;
        EXPECT_TRUE(made.ok() || absl::IsFailedPrecondition(made.status())) << made.status();
      });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_THAT(versions(), ElementsAre(2, 1));
}

TEST_F(SeriesRulesStoreItest, ChangesSideBySideAreAVersionEach) {
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back(
          [this, i] { EXPECT_TRUE(rules_.apply(wanted("s" + std::to_string(i))).ok()); });
    }
  }
  EXPECT_THAT(versions(), ElementsAre(9, 8, 7, 6, 5, 4, 3, 2, 1));
}

TEST_F(SeriesRulesStoreItest, TellsUnknownApplicationsAndVersions) {
  EXPECT_EQ(rules_.get("nobody", 0).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(rules_.get("app", 7).status().code(), absl::StatusCode::kNotFound);
  WantedRules nobody = wanted("a");
  nobody.application_name = "nobody";
  EXPECT_EQ(rules_.apply(nobody).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SeriesRulesStoreItest, KeepsTheNewestThousand) {
  sql("INSERT INTO registry.series_rules (application_key, version, rules) "
      "SELECT application_key, n, '' FROM registry.application, generate_series(2, 1000) n");
  sql("UPDATE registry.application SET rules_version = 1000");
  ASSERT_TRUE(rules_.apply(wanted("a")).ok());
  const auto kept = versions();
  ASSERT_EQ(kept.size(), 1000U);
  EXPECT_EQ(kept.front(), 1001);
  EXPECT_EQ(kept.back(), 2);
  const auto gone = rules_.get("app", 1);
  EXPECT_THAT(std::string(gone.status().message()), HasSubstr("the 1000 newest are kept"));
}

TEST_F(SeriesRulesStoreItest, RulesThatAreDamagedAreNoRules) {
  sql("UPDATE registry.series_rules SET rules = '\\xff'");
  EXPECT_EQ(rules_.get("app", 0).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(rules_.apply(wanted("a")).status().code(), absl::StatusCode::kInternal);
}

// The statements of the program of migration 1, which may run beside ours during an upgrade.
TEST_F(SeriesRulesStoreItest, WhatAnOlderProgramMakesHasItsVersionToo) {
  sql("INSERT INTO registry.application (name, display_name, auto_extract) "
      "VALUES ('old', '', true) ON CONFLICT (name) DO NOTHING");
  const auto first = rules_.get("old", 0);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->series_rules().auto_extract());

  ASSERT_TRUE(rules_.apply(wanted("a")).ok());
  const std::string update =
      "UPDATE registry.application SET rules_version = rules_version + 1, "
      "auto_extract = NOT auto_extract WHERE name = 'app'";
  sql(update);
  SeriesRules expected = rules_with("a");
  expected.set_auto_extract(true);
  EXPECT_EQ(newest().SerializeAsString(), expected.SerializeAsString());
  EXPECT_EQ(rules_.get("app", 3)->created_by(), "");
  sql(update);
  EXPECT_EQ(newest().SerializeAsString(), rules_with("a").SerializeAsString());
  EXPECT_EQ(rules_.apply(wanted("a"))->series_rules().version(), 4) << "nothing changed";
}

TEST_F(SeriesRulesStoreItest, TheMigrationTakesOverWhatThereWas) {
  sql("DROP SCHEMA registry CASCADE");
  {
    auto connection = pool_.acquire(kConnectionWait);
    ASSERT_TRUE(connection.ok()) << connection.status();
    const auto old = postgres::migrate(**connection, "registry", migrations().first(1), platform_);
    ASSERT_TRUE(old.ok()) << old;
  }
  sql("INSERT INTO registry.application (name, display_name, auto_extract, rules_version) "
      "VALUES ('app', '', true, 5), ('other', '', false, 1)");
  ASSERT_TRUE(migrate(settings_, platform_, {}).ok());
  const auto app = rules_.get("app", 0);
  ASSERT_TRUE(app.ok()) << app.status();
  EXPECT_EQ(app->series_rules().version(), 5);
  EXPECT_TRUE(app->series_rules().auto_extract());
  EXPECT_FALSE(rules_.get("other", 1)->series_rules().auto_extract());
  EXPECT_EQ(rules_.apply(wanted("a"))->series_rules().version(), 6);
}

}  // namespace
}  // namespace millrace::registry
