// SPDX-License-Identifier: Apache-2.0
#include "query/interest_message.h"

#include <gtest/gtest.h>

namespace millrace::query {
namespace {

std::set<std::string> endpoints(int count) {
  std::set<std::string> names;
  for (int i = 0; i < count; ++i) names.insert("ep" + std::to_string(i));
  return names;
}

TEST(InterestMessage, NamesWhatIsWanted) {
  const auto message = interest_message({{"all", {}}, {"some", {"a", "b"}}}, {});
  ASSERT_EQ(message.endpoints_size(), 2);
  EXPECT_EQ(message.endpoints(0).application_name(), "all");
  EXPECT_EQ(message.endpoints(0).endpoint_ids_size(), 0);
  EXPECT_EQ(message.endpoints(1).endpoint_ids_size(), 2);
}

TEST(InterestMessage, AsksForAllOfTheLargestWhereNamesAreTooMany) {
  const auto message = interest_message({{"large", endpoints(60)}, {"small", endpoints(40)}},
                                        {.names = 99, .bytes = 1 << 20});
  EXPECT_EQ(message.endpoints(0).endpoint_ids_size(), 0);
  EXPECT_EQ(message.endpoints(1).endpoint_ids_size(), 40);
}

TEST(InterestMessage, IsNotLargerThanItMayBe) {
  const auto message = interest_message({{"a", endpoints(1000)}, {"b", endpoints(900)}},
                                        {.names = 10'000, .bytes = 12'000});
  EXPECT_LE(message.ByteSizeLong(), 12'000U);
  EXPECT_EQ(message.endpoints(0).endpoint_ids_size(), 0);
  EXPECT_EQ(message.endpoints(1).endpoint_ids_size(), 900);
}

}  // namespace
}  // namespace millrace::query
