// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/dashboard_store.h"
#include "registry/random.h"
#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DashboardStoreItest : public RegistryItest {
 protected:
  DashboardStoreItest() {
    make_application("app", "v1");
    make_application("other", "v2");
  }

  static WantedDashboard wanted(const std::string& title, const std::string& id = random_uuid()) {
    WantedDashboard wanted;
    wanted.dashboard_id = id;
    wanted.application_name = "app";
    wanted.dashboard.set_title(title);
    wanted.dashboard.add_widgets()->mutable_tiles();
    wanted.author = "somebody";
    return wanted;
  }

  std::vector<std::string> titles(const Page& page) {
    std::vector<std::string> titles;
    const auto listed = dashboards_.list("app", page);
    EXPECT_TRUE(listed.ok()) << listed.status();
    for (const auto& one : *listed) titles.push_back(one.title());
    return titles;
  }
};

TEST_F(DashboardStoreItest, WhatIsMadeIsReadAgain) {
  WantedDashboard one = wanted("Pumps");
  const auto made = dashboards_.create(one);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->dashboard_id(), one.dashboard_id);
  EXPECT_EQ(made->application_name(), "app");
  EXPECT_EQ(made->version(), 1);
  EXPECT_EQ(made->updated_by(), "somebody");
  EXPECT_GT(made->created_at().seconds(), 1'700'000'000);
  EXPECT_TRUE(made->widgets(0).has_tiles());
  EXPECT_EQ(dashboards_.get(Scope::all(), one.dashboard_id)->SerializeAsString(),
            made->SerializeAsString());
  one = wanted("Pumps");
  one.application_name = "nobody";
  EXPECT_EQ(dashboards_.create(one).status(), unknown_application("nobody"));
}

TEST_F(DashboardStoreItest, AnUpdateIsAVersion) {
  WantedDashboard one = wanted("Pumps");
  ASSERT_TRUE(dashboards_.create(one).ok());
  one.dashboard.set_title("Pumps and valves");
  one.dashboard.clear_widgets();
  one.author = "another";
  one.expected_version = 1;
  one.application_name.clear();
  const auto updated = dashboards_.update(Scope::all(), one);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->version(), 2);
  EXPECT_EQ(updated->updated_by(), "another");
  EXPECT_EQ(updated->title(), "Pumps and valves");
  EXPECT_EQ(updated->widgets_size(), 0);
  EXPECT_EQ(dashboards_.get(Scope::all(), one.dashboard_id)->SerializeAsString(),
            updated->SerializeAsString());
  // The repetition of a call whose answer was lost.
  EXPECT_EQ(dashboards_.update(Scope::all(), one)->SerializeAsString(),
            updated->SerializeAsString());
  one.dashboard.set_title("Valves");
  const auto refused = dashboards_.update(Scope::all(), one);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(error::message(refused.status()), HasSubstr("its version is 2"));
}

TEST_F(DashboardStoreItest, ItsApplicationNeverChanges) {
  WantedDashboard one = wanted("Pumps");
  ASSERT_TRUE(dashboards_.create(one).ok());
  one.application_name = "other";
  EXPECT_EQ(dashboards_.update(Scope::all(), one).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(dashboards_.get(Scope::all(), one.dashboard_id)->application_name(), "app");
}

TEST_F(DashboardStoreItest, OfManyWhoSawTheSameVersionOneWins) {
  const WantedDashboard one = wanted("Pumps");
  ASSERT_TRUE(dashboards_.create(one).ok());
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([this, i, &one, &won] {
        WantedDashboard mine = wanted(fmt::format("by {}", i), one.dashboard_id);
        mine.expected_version = 1;
        const auto updated = dashboards_.update(Scope::all(), mine);
        if (updated.ok()) ++won;
        EXPECT_TRUE(updated.ok() || absl::IsFailedPrecondition(updated.status()))
            << updated.status();
      });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(dashboards_.get(Scope::all(), one.dashboard_id)->version(), 2);
}

TEST_F(DashboardStoreItest, ListsAreInOrderOfTitleAndPagedThroughEqualOnes) {
  for (const char* title : {"b", "a", "b", "B", "b", "ü"}) {
    ASSERT_TRUE(dashboards_.create(wanted(title)).ok());
  }
  WantedDashboard foreign = wanted("a");
  foreign.application_name = "other";
  ASSERT_TRUE(dashboards_.create(foreign).ok());
  EXPECT_THAT(titles({"", 10}), ElementsAre("B", "a", "b", "b", "b", "ü"));
  std::vector<std::string> ids;
  std::string after;
  while (true) {
    const auto page = dashboards_.list("app", {after, 2});
    ASSERT_TRUE(page.ok()) << page.status();
    if (page->empty()) break;
    for (const auto& one : *page) {
      ids.push_back(one.dashboard_id());
      EXPECT_EQ(one.widgets_size(), 0);
      EXPECT_EQ(one.version(), 1);
    }
    after = position_of(page->back());
  }
  EXPECT_EQ(ids.size(), 6U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 6U);
}

TEST_F(DashboardStoreItest, WhatIsOutOfScopeIsAnsweredLikeWhatIsNotThere) {
  const WantedDashboard one = wanted("Pumps");
  ASSERT_TRUE(dashboards_.create(one).ok());
  const Scope other = Scope::of("other");
  const std::string words = fmt::format("cannot find dashboard \"{}\"", one.dashboard_id);
  for (const absl::Status& status :
       {dashboards_.get(other, one.dashboard_id).status(), dashboards_.update(other, one).status(),
        dashboards_.remove(other, one.dashboard_id).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(error::message(status), words);
  }
  EXPECT_TRUE(dashboards_.get(Scope::of("app"), one.dashboard_id).ok());
  EXPECT_EQ(*dashboards_.remove(Scope::of("app"), one.dashboard_id), "app");
  EXPECT_EQ(error::message(dashboards_.get(Scope::all(), one.dashboard_id).status()), words);
  EXPECT_THAT(titles({"", 10}), IsEmpty());
}

TEST_F(DashboardStoreItest, AnApplicationHasAThousandAtMost) {
  sql("INSERT INTO registry.dashboard (dashboard_id, application_key, title, widgets, updated_by) "
      "SELECT gen_random_uuid(), application_key, 'n' || n, '', 'x' "
      "FROM registry.application, generate_series(1, 999) n WHERE name = 'app'");
  std::atomic<int> made = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([this, &made] {
        const auto created = dashboards_.create(wanted("last"));
        if (created.ok()) ++made;
        EXPECT_TRUE(created.ok() || absl::IsFailedPrecondition(created.status()));
      });
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_THAT(error::message(dashboards_.create(wanted("more")).status()),
              HasSubstr("has 1000, which is the limit"));
}

TEST_F(DashboardStoreItest, WidgetsThatAreDamagedAreNone) {
  const WantedDashboard one = wanted("Pumps");
  ASSERT_TRUE(dashboards_.create(one).ok());
  sql("UPDATE registry.dashboard SET widgets = '\\xff'");
  EXPECT_EQ(dashboards_.get(Scope::all(), one.dashboard_id).status().code(),
            absl::StatusCode::kInternal);
  EXPECT_TRUE(dashboards_.remove(Scope::all(), one.dashboard_id).ok()) << "it can be deleted";
}

}  // namespace
}  // namespace millrace::registry
