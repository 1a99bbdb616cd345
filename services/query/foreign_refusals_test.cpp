// SPDX-License-Identifier: Apache-2.0
#include "query/foreign_refusals.h"

#include <gmock/gmock.h>

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ForeignRefusals : public testing::Test {
 protected:
  void refused(const std::string& app_version_name) {
    if (traces_.refusals.empty()) traces_.refusals.emplace_back();
    traces_.refusals.back().add_refusals()->set_app_version_name(app_version_name);
  }
  // The versions that are left.
  std::vector<std::string> left() {
    drop_foreign_refusals("fleet", owner_of_, traces_);
    std::vector<std::string> versions;
    for (const auto& response : traces_.refusals) {
      for (const auto& refusal : response.refusals())
        versions.push_back(refusal.app_version_name());
    }
    return versions;
  }

  EndpointTraces traces_;
  int asked_ = 0;
  OwnerOfVersion owner_of_ =
      [this](const std::string& version) -> absl::StatusOr<std::optional<std::string>> {
    ++asked_;
    if (version == "away") return absl::UnavailableError("the registry is away");
    if (version == "none") return std::nullopt;
    return version.substr(0, version.find('-'));
  };
};

TEST_F(ForeignRefusals, OnlyThoseOfTheApplicationStayInTheirOrder) {
  for (const char* version : {"fleet-2", "plant-1", "none", "", "fleet-1", "fleet-2"}) {
    refused(version);
  }
  traces_.refusals.emplace_back();
  for (const char* version : {"plant-1", "fleet-1"}) refused(version);
  EXPECT_THAT(left(), ElementsAre("fleet-2", "fleet-1", "fleet-2", "fleet-1"));
  EXPECT_THAT(traces_.gaps, IsEmpty());
  EXPECT_EQ(asked_, 4) << "each version once";
}

TEST_F(ForeignRefusals, WhatCannotBeToldIsNotShown) {
  for (const char* version : {"fleet-1", "away", "fleet-2"}) refused(version);
  EXPECT_THAT(left(), ElementsAre("fleet-1"));
  EXPECT_THAT(traces_.gaps, ElementsAre(HasSubstr("the registry is away")));
  EXPECT_EQ(asked_, 2) << "and not asked again";
}

TEST_F(ForeignRefusals, TooManyVersionsAreNotAskedAbout) {
  for (std::size_t i = 0; i <= kMaxVersionsAsked; ++i) refused("fleet-" + std::to_string(i));
  EXPECT_EQ(left().size(), kMaxVersionsAsked);
  EXPECT_THAT(traces_.gaps, ElementsAre(HasSubstr("too many")));
}

}  // namespace
}  // namespace millrace::query
