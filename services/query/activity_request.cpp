// SPDX-License-Identifier: Apache-2.0
#include "query/activity_request.h"

#include "lib/error/error.h"
#include "query/request_names.h"

namespace millrace::query {
namespace {

constexpr int kMaxWindowSeconds = 86'400;
constexpr int kDefaultWindowSeconds = 300;

}  // namespace

absl::StatusOr<WantedActivity> check(const v1::ListEndpointActivityRequest& request) {
  WantedActivity wanted;
  wanted.application_name = request.application_name();
  MILLRACE_RETURN_IF_ERROR(check_application(wanted.application_name));
  MILLRACE_ASSIGN_OR_RETURN(wanted.endpoint_ids, some_names(kEndpointIds, request.endpoint_ids()));
  MILLRACE_ASSIGN_OR_RETURN(const int seconds,
                            checked_count("window_seconds", request.window_seconds(),
                                          {kMaxWindowSeconds, kDefaultWindowSeconds}));
  wanted.window = std::chrono::seconds(seconds);
  return wanted;
}

}  // namespace millrace::query
