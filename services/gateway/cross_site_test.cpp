// SPDX-License-Identifier: Apache-2.0
#include "gateway/cross_site.h"

#include <gmock/gmock.h>

namespace millrace::gateway {
namespace {

using ::testing::HasSubstr;

http::Request request_of(std::initializer_list<std::pair<const char*, const char*>> headers) {
  http::Request request;
  request.method = "POST";
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return request;
}

TEST(CrossSite, OwnPagesScriptsAndAddressBarsAreFine) {
  for (const http::Request& request : {
           request_of({{"Host", "a:8000"}}),
           request_of({{"Host", "a:8000"}, {"Origin", "http://a:8000"}}),
           request_of({{"Host", "A:8000"}, {"Origin", "https://a:8000"}}),
           request_of({{"Host", "a"}, {"Sec-Fetch-Site", "same-origin"}}),
           request_of({{"Host", "a"}, {"Sec-Fetch-Site", "none"}}),
           request_of({{"Host", "[::1]:80"}, {"Origin", "http://[::1]:80"}}),
       }) {
    EXPECT_EQ(cross_site_fault(request, {}), std::nullopt);
  }
}

TEST(CrossSite, OtherSitesAreRefusedUnlessAllowed) {
  const AllowedSites allowed{{"https://friend.example"}, {}};
  for (const http::Request& request : {
           request_of({{"Host", "a:8000"}, {"Origin", "http://a:9000"}}),
           request_of({{"Host", "a"}, {"Origin", "https://evil.example"}}),
           request_of({{"Host", "a"}, {"Origin", "null"}}),
           request_of({{"Host", ""}, {"Origin", "x://"}}),
           request_of({{"Host", "a"}, {"Origin", "http://a.evil.example"}}),
           request_of({{"Host", "a"}, {"Sec-Fetch-Site", "cross-site"}}),
           request_of({{"Host", "a"}, {"Sec-Fetch-Site", "same-site"}}),
       }) {
    EXPECT_NE(cross_site_fault(request, allowed), std::nullopt);
  }
  const http::Request friendly = request_of(
      {{"Host", "a"}, {"Origin", "https://friend.example"}, {"Sec-Fetch-Site", "cross-site"}});
  EXPECT_EQ(cross_site_fault(friendly, allowed), std::nullopt);
  EXPECT_THAT(*cross_site_fault(friendly, {}), HasSubstr("https://friend.example"));
  EXPECT_THAT(*cross_site_fault(friendly, {}), HasSubstr("allowed-origins"));
}

TEST(CrossSite, AHostIsComparedWithoutItsPort) {
  EXPECT_EQ(host_name("[::1]:8000"), "[::1]");
  EXPECT_EQ(host_name("[::1]"), "[::1]");
  EXPECT_EQ(host_name("a.example:80"), "a.example");
  EXPECT_EQ(host_name("[broken"), "[broken");
  const AllowedSites sites{{}, {"a.example", "[::1]"}};
  EXPECT_TRUE(names_allowed_host(request_of({{"Host", "A.Example:8000"}}), sites));
  EXPECT_TRUE(names_allowed_host(request_of({{"Host", "[::1]:1"}}), sites));
  EXPECT_FALSE(names_allowed_host(request_of({{"Host", "evil.example"}}), sites));
  EXPECT_FALSE(names_allowed_host(request_of({}), sites));
  EXPECT_TRUE(names_allowed_host(request_of({}), {}));
}

TEST(CrossSite, PagesOfAllowedSitesMaySendKeysAndReadWhatTheyAreTold) {
  const http::CorsRules rules = cors_rules({{"https://friend.example"}, {"a"}});
  EXPECT_THAT(rules.origins, ::testing::ElementsAre("https://friend.example"));
  EXPECT_THAT(rules.request_headers, HasSubstr("authorization"));
  EXPECT_THAT(rules.exposed_headers, HasSubstr("trailer-grpc-retry-pushback-ms"));
  EXPECT_EQ(rules.methods, "GET, POST, PUT");
}

}  // namespace
}  // namespace millrace::gateway
