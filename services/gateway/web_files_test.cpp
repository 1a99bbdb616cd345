// SPDX-License-Identifier: Apache-2.0
#include "gateway/web_files.h"

#include <array>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace millrace::gateway {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kHash =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
constexpr std::array<EmbeddedFile, 8> kFiles{{
    {"/assets/a-1.js", "js", kHash},
    {"/assets/a-1.js.br", "js in brotli", kHash},
    {"/assets/a-1.js.gz", "js in gzip", kHash},
    {"/assets/b-2.png", "png", kHash},
    {"/favicon.svg", "<svg>", kHash},
    {"/index.html", "<html>", kHash},
    {"/index.html.gz", "html in gzip", kHash},
    {"/orphan.gz", "without a plain one", kHash},
}};

class WebFilesTest : public ::testing::Test {
 protected:
  http::Response get(const std::string& path,
                     std::initializer_list<std::pair<const char*, const char*>> headers = {},
                     const char* method = "GET") {
    http::Request request;
    request.method = method;
    request.path = path;
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    http::Response got;
    handler_(std::move(request), [&got](http::Response response) { got = std::move(response); });
    return got;
  }

  http::Handler handler_ = make_web_files(kFiles);
};

TEST_F(WebFilesTest, APageIsAskedForEachTimeAndItsAssetsNever) {
  const http::Response page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<html>");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(page.headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(get("/favicon.svg").headers.get("Cache-Control"), "no-cache");
  const http::Response script = get("/assets/a-1.js");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(script.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
}

TEST_F(WebFilesTest, TheSmallestFormThatIsAcceptedIsSent) {
  const http::Response brotli = get("/assets/a-1.js", {{"Accept-Encoding", "gzip, deflate, br"}});
  EXPECT_EQ(brotli.body, "js in brotli");
  EXPECT_EQ(brotli.headers.get("Content-Encoding"), "br");
  EXPECT_EQ(brotli.headers.get("Vary"), "Accept-Encoding");
  const http::Response gzip = get("/assets/a-1.js", {{"Accept-Encoding", "gzip, br;q=0"}});
  EXPECT_EQ(gzip.body, "js in gzip");
  EXPECT_EQ(gzip.headers.get("Content-Encoding"), "gzip");
  const http::Response plain = get("/assets/a-1.js", {{"Accept-Encoding", "deflate"}});
  EXPECT_EQ(plain.body, "js");
  EXPECT_EQ(plain.headers.get("Content-Encoding"), "");
  EXPECT_EQ(plain.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(get("/assets/b-2.png", {{"Accept-Encoding", "br"}}).headers.get("Vary"), "");
}

TEST_F(WebFilesTest, WhatTheBrowserHasIsNotSentAgain) {
  const std::string tag(get("/").headers.get("ETag"));
  EXPECT_EQ(tag, "\"0123456789abcdef0123456789abcdef\"");
  const std::string weak = fmt::format("\"other\", W/{}", tag);
  for (const std::string& list : {tag, weak, std::string("*")}) {
    const http::Response same = get("/", {{"If-None-Match", list.c_str()}});
    EXPECT_EQ(same.status, 304) << list;
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.headers.get("ETag"), tag);
    EXPECT_EQ(same.headers.get("Cache-Control"), "no-cache");
  }
  EXPECT_EQ(get("/", {{"If-None-Match", "\"other\""}}).status, 200);
  // Another form is another representation.
  EXPECT_EQ(get("/", {{"If-None-Match", tag.c_str()}, {"Accept-Encoding", "gzip"}}).status, 200);
}

TEST_F(WebFilesTest, TheViewsOfThePageAreThePage) {
  for (const char* const path : {"/sign-in", "/applications/a", "/applications/a/devices/sensor.1",
                                 "/applications/a%20b", "/keys"}) {
    EXPECT_EQ(get(path).body, "<html>") << path;
  }
}

TEST_F(WebFilesTest, WhatIsMissingIsNotThePage) {
  for (const char* const path : {"/assets/none.js", "/assets/", "/robots.txt", "/index.html.gz",
                                 "/assets/a-1.js.br", "/orphan", "/orphan.gz", "/.git"}) {
    EXPECT_EQ(get(path).status, path == std::string("/orphan") ? 200 : 404) << path;
  }
}

TEST_F(WebFilesTest, TraversalFindsNothing) {
  for (const char* const path :
       {"/../etc/passwd", "/assets/../../etc/passwd", "/%2e%2e/etc/passwd", "/a/%2E%2e/b",
        "/..%2f..%2fetc/passwd", "/..%5c..%5cwindows", "/a\\b", "//etc/passwd", "/a%00.js",
        "/assets/a-1.js%00", "etc/passwd", "", "http://evil/"}) {
    const http::Response response = get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.content_type, "text/plain; charset=utf-8") << path;
  }
}

TEST_F(WebFilesTest, OnlyReadingIsAllowed) {
  EXPECT_EQ(get("/", {}, "HEAD").status, 200);
  for (const char* const method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
    const http::Response response = get("/", {}, method);
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.headers.get("Allow"), "GET, HEAD");
  }
}

TEST_F(WebFilesTest, ThePagesFileNameLeadsToThePage) {
  http::Request request;
  request.method = "GET";
  request.path = "/index.html";
  request.query = "a=b";
  http::Response got;
  handler_(std::move(request), [&got](http::Response response) { got = std::move(response); });
  EXPECT_EQ(got.status, 301);
  EXPECT_EQ(got.headers.get("Location"), "/?a=b");
}

TEST_F(WebFilesTest, ABuildWithoutThePageSaysSo) {
  handler_ = make_web_files({});
  const http::Response response = get("/");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("built without the dashboard"));
}

}  // namespace
}  // namespace millrace::gateway
