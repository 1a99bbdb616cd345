// SPDX-License-Identifier: Apache-2.0
//
// The newest points of endpoints as the body of an answer, some endpoints at a time, in Kaa's form:
// {"<endpoint>":{"<series>":[{"timestamp":"…","values":{…}}]}}. Endpoints and series without points
// are left out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/answer_source.h"
#include "gateway/endpoint_pages.h"
#include "gateway/epts_calls.h"
#include "gateway/epts_request.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {

class LastBody final : public AnswerSource, public std::enable_shared_from_this<LastBody> {
 public:
  LastBody(std::shared_ptr<const EptsCalls> calls, EptsLastRequest request);

  void next(Next done) override;
  // Nothing to cut short: each call is one message.
  void cancel() override {}
  bool at_end() const override { return finished_ && written_.empty(); }

 private:
  using Response = query::v1::GetLastDataPointsResponse;

  void fill(Next done);
  void ask(Next done);
  void take(absl::StatusOr<Response> answer, Next done);
  void write(const Response& answer);
  void write_point(const query::v1::LastDataPoint& point);
  void finish(Next done);

  const std::shared_ptr<const EptsCalls> calls_;
  const EptsLastRequest request_;
  const std::shared_ptr<EndpointPages> pages_;
  // Of one next() at a time, on whichever thread it goes on.
  std::vector<std::string> endpoint_ids_;  // to be asked for
  std::size_t asked_ = 0;                  // of these, in the call at work
  PieceBuffer written_;
  std::int64_t met_ = 0;  // endpoints with points, also those before `offset`
  std::int64_t told_ = 0;
  bool finished_ = false;  // all is written
};

}  // namespace millrace::gateway
