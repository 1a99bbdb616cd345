// SPDX-License-Identifier: Apache-2.0
#include "registry/paging.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {
namespace {

const PageScope kScope{"ListEndpoints", "demo"};

// In order of id, each of about `bytes`.
std::vector<v1::Endpoint> endpoints(int count, std::size_t bytes) {
  std::vector<v1::Endpoint> made(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    made[static_cast<std::size_t>(i)].set_endpoint_id(fmt::format("e{:04}", i));
    made[static_cast<std::size_t>(i)].set_app_version_name(std::string(bytes, 'v'));
  }
  return made;
}

// What follows the page; empty after the last.
std::string cut(std::vector<v1::Endpoint>& entries, int page_size) {
  const std::string token =
      cut_to_page(entries, Page{"", page_size + 1}, kScope,
                  [](const v1::Endpoint& entry) { return entry.endpoint_id(); });
  return token.empty() ? "" : *read_page_token(kScope, token);
}

TEST(Paging, APageHasAsManyEntriesAsAskedFor) {
  auto entries = endpoints(4, 1);
  EXPECT_EQ(cut(entries, 3), "e0002");
  EXPECT_EQ(entries.size(), 3U);
}

TEST(Paging, TheLastPageHasNoToken) {
  for (const int count : {0, 1, 3}) {
    auto entries = endpoints(count, 1);
    EXPECT_EQ(cut(entries, 3), "");
    EXPECT_EQ(entries.size(), static_cast<std::size_t>(count));
  }
}

// A thousand endpoints with 128 bytes of id and 25 tokens each are more than a client takes.
TEST(Paging, APageEndsEarlyWhereItsEntriesAreLarge) {
  auto entries = endpoints(10, kMaxPageBytes / 4);
  EXPECT_EQ(cut(entries, 1000), "e0002");
  EXPECT_EQ(entries.size(), 3U);
}

TEST(Paging, AnEntryThatIsLargerThanAPageHasOneOfItsOwn) {
  auto entries = endpoints(2, kMaxPageBytes + 1);
  EXPECT_EQ(cut(entries, 1000), "e0000");
  EXPECT_EQ(entries.size(), 1U);
}

}  // namespace
}  // namespace millrace::registry
