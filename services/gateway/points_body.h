// SPDX-License-Identifier: Apache-2.0
//
// The points of a request as the body of an answer: read when the peer has taken what came before,
// in memory of one chunk and one piece however long the answer is.
#pragma once

#include <memory>
#include <string>

#include "gateway/answer_source.h"
#include "gateway/points_reader.h"
#include "gateway/points_text.h"

namespace millrace::gateway {

class PointsBody final : public AnswerSource, public std::enable_shared_from_this<PointsBody> {
 public:
  PointsBody(std::shared_ptr<PointsReader> points, std::unique_ptr<PointsText> text)
      : points_(std::move(points)), text_(std::move(text)) {}

  void next(Next done) override;
  void cancel() override { points_->cancel(); }
  bool at_end() const override { return at_end_; }

 private:
  void fill(Next done);
  void give(const Next& done);

  const std::shared_ptr<PointsReader> points_;
  const std::unique_ptr<PointsText> text_;
  // Of one next() at a time, on whichever thread it goes on.
  std::string piece_;
  bool begun_ = false;
  bool at_end_ = false;
};

}  // namespace millrace::gateway
