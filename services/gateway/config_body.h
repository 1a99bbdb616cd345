// SPDX-License-Identifier: Apache-2.0
//
// The series of applications as the body of an answer, one application at a time, in Kaa's form:
// {"<application>":[{"name":"<series>","values":["<value>",…]},…]}. Series are those that exist and
// those that the series rules of now configure, in order of name.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "gateway/answer_source.h"
#include "gateway/epts_calls.h"
#include "gateway/epts_request.h"

#include "millrace/query/v1/query.pb.h"
#include "millrace/registry/v1/registry.pb.h"

namespace millrace::gateway {

class ConfigBody final : public AnswerSource, public std::enable_shared_from_this<ConfigBody> {
 public:
  ConfigBody(std::shared_ptr<const EptsCalls> calls, const EptsConfigRequest& request);

  void next(Next done) override;
  // Nothing to cut short: each call is one message.
  void cancel() override {}
  bool at_end() const override { return finished_ && written_.empty(); }

 private:
  void fill(Next done);
  // An application that was named and is not there is told before anything is written.
  void check_next(Next done);
  void list_applications(Next done);
  void ask_series(Next done);
  void ask_rules(query::v1::ListTimeSeriesResponse existing, Next done);
  void write(const query::v1::ListTimeSeriesResponse& existing,
             const registry::v1::SeriesRulesVersion& rules);

  const std::shared_ptr<const EptsCalls> calls_;
  // Of one next() at a time, on whichever thread it goes on.
  std::deque<std::string> applications_;  // to be written
  std::size_t checked_ = 0;               // of those named
  std::size_t named_ = 0;
  std::string page_token_;
  bool all_known_ = false;
  PieceBuffer written_;
  bool is_first_ = true;
  bool finished_ = false;  // all is written
};

}  // namespace millrace::gateway
