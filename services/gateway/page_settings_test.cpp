// SPDX-License-Identifier: Apache-2.0
#include "gateway/page_settings.h"

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

http::Response answer(const DeviceUrls& urls, const char* method) {
  http::Request request;
  request.method = method;
  http::Response got;
  make_page_settings(urls)(std::move(request),
                           [&got](http::Response response) { got = std::move(response); });
  return got;
}

TEST(PageSettings, SayWhatIsSet) {
  const http::Response response = answer({"http://a:1", "mqtt://b:2"}, "GET");
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(response.body.find(R"({"deviceHttpUrl":"http://a:1","deviceMqttUrl":"mqtt://b:2",)"),
            0U);
  EXPECT_EQ(answer({}, "GET").body.find(R"({"version":")"), 0U);
}

TEST(PageSettings, AreOnlyRead) {
  EXPECT_EQ(answer({}, "HEAD").status, 200);
  EXPECT_EQ(answer({}, "POST").status, 405);
}

}  // namespace
}  // namespace millrace::gateway
