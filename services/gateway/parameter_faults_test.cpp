// SPDX-License-Identifier: Apache-2.0
#include "gateway/parameter_faults.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::gateway {
namespace {

using testing::EndsWith;

TEST(ParameterFaults, AllOfThemAreInOneMessage) {
  ParameterFaults faults;
  EXPECT_TRUE(faults.empty());
  EXPECT_TRUE(faults.status().ok());
  faults.add("fromDate", "is missing");
  faults.add("sort", "is 'up'");
  EXPECT_TRUE(absl::IsInvalidArgument(faults.status()));
  EXPECT_EQ(error::message(faults.status()), "fromDate: is missing; sort: is 'up'");
}

TEST(ParameterFaults, LongTextsAreShownByTheirBeginning) {
  EXPECT_EQ(shown("x"), "'x'");
  EXPECT_EQ(shown(std::string(64, 'x')), "'" + std::string(64, 'x') + "'");
  EXPECT_EQ(shown(std::string(63, 'x') + "ää"), "'" + std::string(63, 'x') + "…'");
}

TEST(ParameterFaults, FurtherOnesAreCounted) {
  ParameterFaults faults;
  for (std::size_t i = 0; i < ParameterFaults::kMaxTold + 7; ++i) faults.add("a", "b");
  EXPECT_THAT(error::message(faults.status()), EndsWith("a: b; and 7 more"));
}

TEST(ParameterFaults, OnlyNamesThatAreNearlyKnownAreMistyped) {
  const std::vector<std::string> known = {"endpointId", "sort"};
  ParameterFaults faults;
  faults.add_mistyped({"endpointId", "sort", "_", "samplePeriod", std::string(100'000, 'x')},
                      known);
  EXPECT_TRUE(faults.empty()) << faults.status();
  faults.add_mistyped({"endpointID", "enpointId", "enpointId"}, known);
  EXPECT_EQ(error::message(faults.status()),
            "endpointID: is not known; did you mean endpointId?; "
            "enpointId: is not known; did you mean endpointId?");
}

}  // namespace
}  // namespace millrace::gateway
