// SPDX-License-Identifier: Apache-2.0
#include "gateway/epts_route.h"

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

void expect_route(std::string_view path, EptsResource resource, std::string_view name) {
  const auto route = epts_route_of(path);
  ASSERT_TRUE(route.ok()) << path << ": " << route.status();
  EXPECT_EQ(route->resource, resource) << path;
  EXPECT_EQ(route->name, name) << path;
}

TEST(EptsRoute, BothPrefixesLeadToTheSame) {
  for (const std::string prefix : {"/epts/api/v1", "/api/v1"}) {
    expect_route(prefix + "/time-series/config", EptsResource::kConfig, "");
    expect_route(prefix + "/applications/a/time-series/last", EptsResource::kLast, "a");
    expect_route(prefix + "/applications/a/time-series/data", EptsResource::kData, "a");
    expect_route(prefix + "/applications/a/time-series/data.csv", EptsResource::kCsv, "a");
    expect_route(prefix + "/app-versions/a-v1/time-series/data", EptsResource::kPut, "a-v1");
  }
}

TEST(EptsRoute, NamesAreDecodedAndAnEncodedSlashSeparatesNothing) {
  expect_route("/api/v1/applications/%61%2Fb/time-series/data", EptsResource::kData, "a/b");
  expect_route("/api/v1/%61pplications/a/time-series/data", EptsResource::kData, "a");
}

TEST(EptsRoute, EverythingElseIsUnknown) {
  for (const char* path :
       {"/api/v1/", "/api/v1/time-series", "/api/v1/time-series/config/",
        "/api/v1/time-series/last", "/api/v1/applications/a/time-series",
        "/api/v1/applications//time-series/data", "/api/v1/applications/a/time-series/data/",
        "/api/v1/app-versions/v/time-series/last", "/api/v1/applications/%zz/time-series/data",
        "/api/v1/applications/%ff/time-series/data", "/api/v1/endpoints/a/time-series/data",
        "/api/v1/../v1/time-series/config"}) {
    EXPECT_TRUE(absl::IsNotFound(epts_route_of(path).status())) << path;
  }
  for (const char* path : {"/", "/api/v1", "/api/v2/time-series/config", "/epts/time-series/config",
                           "/millrace.query.v1.Query/GetDataPoints"}) {
    EXPECT_TRUE(absl::IsNotFound(epts_route_of(path).status())) << path;
  }
}

TEST(EptsRoute, MethodsAreThoseThatAllowNames) {
  for (const EptsResource resource :
       {EptsResource::kConfig, EptsResource::kLast, EptsResource::kData, EptsResource::kCsv,
        EptsResource::kPut}) {
    for (const std::string method : {"GET", "HEAD", "POST", "PUT", "DELETE", "get", ""}) {
      const std::string allowed = std::string(allowed_methods(resource)) + ",";
      EXPECT_EQ(allows(resource, method),
                !method.empty() && allowed.find(method + ",") != std::string::npos)
          << allowed << " " << method;
    }
  }
}

}  // namespace
}  // namespace millrace::gateway
