// SPDX-License-Identifier: Apache-2.0
#include "gateway/last_body.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <google/protobuf/util/time_util.h>

#include "gateway/answer.h"
#include "lib/error/retry_after.h"
#include "lib/telemetry/json_number.h"

namespace millrace::gateway {
namespace {

using google::protobuf::util::TimeUtil;

// With the series that an endpoint may have (1000 unless epts is told otherwise) these are as many
// points as one answer of query holds.
constexpr std::size_t kEndpointsAtOnce = 100;
constexpr int kMaxPoints = 100'000;

std::string value_json(const query::v1::NamedValue& value) {
  switch (value.kind_case()) {
    case query::v1::NamedValue::kNumber:
      return std::isfinite(value.number()) ? telemetry::number_text(value.number()) : "null";
    case query::v1::NamedValue::kString:
      return json_quoted(value.string());
    case query::v1::NamedValue::kBoolean:
      return value.boolean() ? "true" : "false";
    default:
      return "null";
  }
}

// A value whose type the rules changed has one name and is there twice, once without a value.
bool is_superseded(const query::v1::NamedValue& value, const query::v1::LastDataPoint& point) {
  if (value.kind_case() != query::v1::NamedValue::KIND_NOT_SET) return false;
  return std::any_of(
      point.values().begin(), point.values().end(), [&value](const query::v1::NamedValue& other) {
        return &other != &value && other.name() == value.name() &&
               (other.kind_case() != query::v1::NamedValue::KIND_NOT_SET || &other < &value);
      });
}

// Perhaps cut, or more than an answer holds: fewer endpoints have fewer points. Where only the
// moment is wrong, the refusal says when to try again.
bool is_too_much(const absl::StatusOr<query::v1::GetLastDataPointsResponse>& answer) {
  if (answer.ok()) return answer->data_points_size() >= kMaxPoints;
  return absl::IsResourceExhausted(answer.status()) && !error::retry_after(answer.status());
}

EptsLastRequest in_order(EptsLastRequest request) {
  std::vector<std::string>& ids = request.endpoint_ids;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return request;
}

}  // namespace

LastBody::LastBody(std::shared_ptr<const EptsCalls> calls, EptsLastRequest request)
    : calls_(std::move(calls)),
      request_(in_order(std::move(request))),
      pages_(std::make_shared<EndpointPages>(calls_, request_.application, request_.endpoint_ids,
                                             kEndpointsAtOnce)) {
  written_.text() += '{';
}

void LastBody::next(Next done) {
  if (at_end()) return done(std::optional<std::string>());
  fill(std::move(done));
}

void LastBody::fill(Next done) {
  if (finished_ || written_.has_piece()) return done(std::optional(written_.take()));
  if (told_ >= request_.limit) return finish(std::move(done));
  if (!endpoint_ids_.empty()) return ask(std::move(done));
  pages_->next([self = shared_from_this(),
                done = std::move(done)](absl::StatusOr<std::vector<std::string>> ids) mutable {
    if (!ids.ok()) return done(ids.status());
    if (ids->empty()) return self->finish(std::move(done));
    self->endpoint_ids_ = *std::move(ids);
    self->asked_ = self->endpoint_ids_.size();
    self->ask(std::move(done));
  });
}

void LastBody::ask(Next done) {
  asked_ = std::min(asked_, endpoint_ids_.size());
  query::v1::GetLastDataPointsRequest call;
  call.set_application_name(request_.application);
  call.mutable_endpoint_ids()->Assign(endpoint_ids_.begin(),
                                      endpoint_ids_.begin() + static_cast<std::ptrdiff_t>(asked_));
  call.mutable_time_series_names()->Assign(request_.series_names.begin(),
                                           request_.series_names.end());
  if (request_.before) {
    *call.mutable_before() = TimeUtil::MicrosecondsToTimestamp(time::to_unix_us(*request_.before));
  }
  call.set_limit(kMaxPoints);
  calls_->ask_query<Response>(
      "GetLastDataPoints", call,
      [self = shared_from_this(), done = std::move(done)](absl::StatusOr<Response> answer) mutable {
        self->take(std::move(answer), std::move(done));
      });
}

void LastBody::take(absl::StatusOr<Response> answer, Next done) {
  if (is_too_much(answer) && asked_ > 1) {
    asked_ /= 2;
    return ask(std::move(done));
  }
  if (!answer.ok()) return done(answer.status());
  endpoint_ids_.erase(endpoint_ids_.begin(),
                      endpoint_ids_.begin() + static_cast<std::ptrdiff_t>(asked_));
  write(*answer);
  fill(std::move(done));
}

void LastBody::write(const Response& answer) {
  std::string& text = written_.text();
  const std::string* endpoint = nullptr;
  bool is_wanted = false;
  for (const query::v1::LastDataPoint& point : answer.data_points()) {
    if (endpoint == nullptr || point.endpoint_id() != *endpoint) {
      if (is_wanted) text += '}';
      endpoint = &point.endpoint_id();
      is_wanted = met_++ >= request_.offset && told_ < request_.limit;
      if (is_wanted) {
        if (told_++ > 0) text += ',';
        text += json_quoted(*endpoint);
        text += ":{";
      }
    } else if (is_wanted) {
      text += ',';
    }
    if (is_wanted) write_point(point);
  }
  if (is_wanted) text += '}';
}

void LastBody::write_point(const query::v1::LastDataPoint& point) {
  std::string& text = written_.text();
  text += json_quoted(point.time_series_name());
  text += R"(:[{"timestamp":")";
  text += epts_time_text(time::from_unix_us(TimeUtil::TimestampToMicroseconds(point.timestamp())),
                         request_.unit);
  text += R"(","values":{)";
  bool is_first = true;
  for (const query::v1::NamedValue& value : point.values()) {
    if (is_superseded(value, point)) continue;
    if (!is_first) text += ',';
    is_first = false;
    text += json_quoted(value.name());
    text += ':';
    text += value_json(value);
  }
  text += "}}]";
}

void LastBody::finish(Next done) {
  finished_ = true;
  written_.text() += '}';
  fill(std::move(done));
}

}  // namespace millrace::gateway
