// SPDX-License-Identifier: Apache-2.0
#include "gateway/routes.h"

#include <gmock/gmock.h>

namespace millrace::gateway {
namespace {

using ::testing::HasSubstr;

http::Handler says(const char* name) {
  return [name](const http::Request&, const http::Reply& reply) {
    http::Response response;
    response.body = name;
    reply(std::move(response));
  };
}

class Routes : public ::testing::Test {
 protected:
  static http::Handler make(const AllowedSites& sites = {}, bool over_tls = false) {
    return make_routes({says("connect"), says("epts"), says("settings"), says("files")}, sites,
                       over_tls);
  }
  static http::Response answer(
      const http::Handler& routes, const char* method, const char* path,
      std::initializer_list<std::pair<const char*, const char*>> headers = {}) {
    http::Request request;
    request.method = method;
    request.path = path;
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    http::Response got;
    routes(std::move(request), [&got](http::Response response) { got = std::move(response); });
    return got;
  }
};

TEST_F(Routes, APathHasOnePart) {
  const http::Handler routes = make();
  const std::vector<std::pair<const char*, const char*>> rows{
      {"/millrace.query.v1.Query/Subscribe", "connect"},
      {"/a.b/c", "connect"},
      {"/epts/api/v1/time-series/config", "epts"},
      {"/api/v1/anything", "epts"},
      {"/api/", "epts"},
      {"/config.json", "settings"},
      {"/", "files"},
      {"/index.html", "files"},
      {"/assets/page.js", "files"},
      {"/applications/a/devices/sensor.1", "files"},
      {"/a.b", "files"},
      {"/a.b/", "files"},
      {"/a.b/c/d", "files"},
      {"/api", "files"},
      {"", "files"},
  };
  for (const auto& [path, part] : rows) {
    EXPECT_EQ(answer(routes, "GET", path).body, part) << path;
  }
}

TEST_F(Routes, EveryAnswerTiesBrowsersDown) {
  const http::Handler routes = make({{}, {"a"}});
  for (const http::Response& response :
       {answer(routes, "GET", "/", {{"Host", "a"}}), answer(routes, "GET", "/", {{"Host", "b"}}),
        answer(routes, "GET", "/api/x", {{"Host", "a"}, {"Origin", "http://b"}})}) {
    EXPECT_THAT(std::string(response.headers.get("Content-Security-Policy")),
                HasSubstr("default-src 'none'"));
  }
  EXPECT_EQ(answer(make({}, true), "GET", "/").headers.get("Strict-Transport-Security"),
            "max-age=31536000");
}

TEST_F(Routes, AnotherSitesPageReachesFilesOnly) {
  const http::Handler routes = make();
  EXPECT_EQ(answer(routes, "GET", "/", {{"Sec-Fetch-Site", "cross-site"}}).body, "files");
  for (const char* const path : {"/a.b/c", "/api/v1/x", "/config.json"}) {
    const http::Response response =
        answer(routes, "POST", path, {{"Sec-Fetch-Site", "cross-site"}});
    EXPECT_EQ(response.status, 403) << path;
    EXPECT_THAT(response.body, HasSubstr("another site's page"));
    EXPECT_EQ(
        answer(routes, "OPTIONS", path,
               {{"Host", "a"}, {"Origin", "http://b"}, {"Access-Control-Request-Method", "POST"}})
            .status,
        403);
  }
}

TEST_F(Routes, AnAllowedSiteMayAskAndRead) {
  const http::Handler routes = make({{"http://b"}, {}});
  const http::Response preflight =
      answer(routes, "OPTIONS", "/a.b/c",
             {{"Host", "a"}, {"Origin", "http://b"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.headers.get("Access-Control-Allow-Origin"), "http://b");
  const http::Response asked =
      answer(routes, "POST", "/a.b/c", {{"Host", "a"}, {"Origin", "http://b"}});
  EXPECT_EQ(asked.body, "connect");
  EXPECT_EQ(asked.headers.get("Access-Control-Allow-Origin"), "http://b");
}

TEST_F(Routes, AStrangeHostIsMisdirected) {
  const http::Response response =
      answer(make({{}, {"mine.example"}}), "GET", "/", {{"Host", "rebound.example:8000"}});
  EXPECT_EQ(response.status, 421);
  EXPECT_THAT(response.body, HasSubstr("rebound.example:8000"));
  EXPECT_THAT(response.body, HasSubstr("allowed-hosts"));
}

}  // namespace
}  // namespace millrace::gateway
