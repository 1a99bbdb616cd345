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

TEST(CrossSite, OnlyAllowedSitesMayReadAnswers) {
  const AllowedSites sites{{"https://friend.example"}, {}};
  http::Response response;
  response.headers.add("Vary", "Accept-Encoding");
  allow_origin("https://friend.example", sites, response);
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "https://friend.example");
  EXPECT_EQ(response.headers.get("Vary"), "Accept-Encoding, Origin");
  EXPECT_THAT(std::string(response.headers.get("Access-Control-Expose-Headers")),
              HasSubstr("trailer-grpc-retry-pushback-ms"));
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Credentials"), "");

  http::Response others;
  allow_origin("https://evil.example", sites, others);
  EXPECT_EQ(others.headers.get("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(others.headers.get("Vary"), "Origin");
  http::Response none;
  allow_origin("https://friend.example", {}, none);
  EXPECT_TRUE(none.headers.all().empty());
}

TEST(CrossSite, APreflightIsAnsweredWithWhatMayBeSent) {
  http::Request request =
      request_of({{"Origin", "https://a"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_FALSE(is_preflight(request));
  request.method = "OPTIONS";
  EXPECT_TRUE(is_preflight(request));
  EXPECT_FALSE(is_preflight(request_of({{"Origin", "https://a"}})));
  const http::Response answer = preflight_answer();
  EXPECT_EQ(answer.status, 204);
  EXPECT_THAT(std::string(answer.headers.get("Access-Control-Allow-Headers")),
              HasSubstr("authorization"));
}

}  // namespace
}  // namespace millrace::gateway
