// SPDX-License-Identifier: Apache-2.0
#include "gateway/points_body.h"

#include <utility>

namespace millrace::gateway {

void PointsBody::next(Next done) {
  if (at_end_) return done(std::optional<std::string>());
  if (!begun_) text_->begin(piece_);
  begun_ = true;
  fill(std::move(done));
}

void PointsBody::fill(Next done) {
  // Small chunks go together: one for each endpoint and series would make many small pieces.
  text_->write(piece_, kPieceBytes);
  if (piece_.size() >= kPieceBytes) return give(done);
  points_->next([self = shared_from_this(), done = std::move(done)](
                    absl::StatusOr<std::optional<query::v1::DataPointsChunk>> chunk) mutable {
    if (!chunk.ok()) return done(chunk.status());
    if (!chunk->has_value()) {
      self->text_->end(self->piece_);
      self->at_end_ = true;
      return self->give(done);
    }
    const absl::Status taken = self->text_->take(*std::move(*chunk));
    if (!taken.ok()) return done(taken);
    self->fill(std::move(done));
  });
}

void PointsBody::give(const Next& done) {
  done(std::optional(std::exchange(piece_, {})));
}

}  // namespace millrace::gateway
