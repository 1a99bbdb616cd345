// SPDX-License-Identifier: Apache-2.0
#include "query/activity_request.h"

#include <functional>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

v1::ListEndpointActivityRequest good() {
  v1::ListEndpointActivityRequest request;
  request.set_application_name("demo");
  request.add_endpoint_ids("b");
  request.add_endpoint_ids("a");
  request.add_endpoint_ids("b");
  return request;
}

TEST(ActivityRequest, FiveMinutesUnlessToldOtherwise) {
  v1::ListEndpointActivityRequest request = good();
  const auto wanted = check(request);
  ASSERT_TRUE(wanted.ok()) << wanted.status();
  EXPECT_EQ(wanted->application_name, "demo");
  EXPECT_THAT(wanted->endpoint_ids, ElementsAre("b", "a"));
  EXPECT_EQ(wanted->window, std::chrono::minutes(5));
  for (const int seconds : {1, 86'400}) {
    request.set_window_seconds(seconds);
    EXPECT_EQ(check(request)->window, std::chrono::seconds(seconds));
  }
}

TEST(ActivityRequest, ARefusalBeginsWithTheField) {
  const struct {
    const char* field;
    std::function<void(v1::ListEndpointActivityRequest&)> change;
  } cases[] = {
      {"application_name", [](auto& request) { request.clear_application_name(); }},
      {"application_name", [](auto& request) { request.set_application_name("a\nb"); }},
      {"endpoint_ids: must", [](auto& request) { request.clear_endpoint_ids(); }},
      {"endpoint_ids[1]", [](auto& request) { request.set_endpoint_ids(1, std::string("\0", 1)); }},
      {"endpoint_ids: has 1001",
       [](auto& request) {
         while (request.endpoint_ids_size() <= 1000) request.add_endpoint_ids("a");
       }},
      {"window_seconds", [](auto& request) { request.set_window_seconds(-1); }},
      {"window_seconds", [](auto& request) { request.set_window_seconds(86'401); }},
  };
  for (const auto& one : cases) {
    v1::ListEndpointActivityRequest request = good();
    one.change(request);
    const auto wanted = check(request);
    EXPECT_EQ(wanted.status().code(), absl::StatusCode::kInvalidArgument) << one.field;
    EXPECT_THAT(error::message(wanted.status()), StartsWith(one.field));
  }
}

}  // namespace
}  // namespace millrace::query
