// SPDX-License-Identifier: Apache-2.0
#include "gateway/put_call.h"

#include <utility>

#include <fmt/format.h>

#include "gateway/answer_source.h"
#include "lib/error/error.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::gateway {
namespace {

http::Response put_answer() {
  http::Response response;
  response.content_type = "application/json";
  response.body = "{}";
  return response;
}

}  // namespace

PutCall::PutCall(std::shared_ptr<const EptsCalls> calls, std::vector<PutBatch> batches,
                 http::Reply reply)
    : calls_(std::move(calls)), batches_(std::move(batches)), reply_(std::move(reply)) {}

void PutCall::start() {
  if (batches_.empty()) return check_key();
  put_next();
}

void PutCall::check_key() {
  calls_->ask_registry<registry::v1::ApiKey>(
      "GetOwnApiKey", registry::v1::GetOwnApiKeyRequest(),
      [self = shared_from_this()](const absl::StatusOr<registry::v1::ApiKey>& key) {
        self->reply_(key.ok() ? put_answer() : epts_error(key.status()));
      });
}

void PutCall::put_next() {
  if (next_ == batches_.size()) return reply_(put_answer());
  calls_->ask_query<query::v1::PutDataPointsResponse>(
      "PutDataPoints", batches_[next_].request,
      [self = shared_from_this()](const absl::StatusOr<query::v1::PutDataPointsResponse>& answer) {
        if (!answer.ok()) return self->reply_(epts_error(self->explained(answer.status())));
        PutBatch& done = self->batches_[self->next_++];
        self->points_put_ += done.points;
        done = {};  // its memory is not needed any more
        self->put_next();
      });
}

absl::Status PutCall::explained(const absl::Status& failure) const {
  const std::string placed = with_place_in_body(batches_[next_], error::message(failure));
  absl::Status told = absl::Status(
      failure.code(), points_put_ == 0
                          ? placed
                          : fmt::format("{} (the {} points before are stored; putting them again "
                                        "changes nothing)",
                                        placed, points_put_));
  failure.ForEachPayload(
      [&told](auto url, const absl::Cord& payload) { told.SetPayload(url, payload); });
  return told;
}

}  // namespace millrace::gateway
