// SPDX-License-Identifier: Apache-2.0
#include "lib/http/body_pump.h"

#include <boost/asio/post.hpp>

#include "lib/concurrency/mutex.h"

namespace millrace::http {

// Where an answer is handed in. It outlives the pump while a source still holds its `done`; the
// executor may be gone then, so nothing is posted unless an answer is owed, under the mutex.
struct BodyPump::Desk {
  Desk(Executor where, OnPiece what) : executor(where), on_piece(std::move(what)) {}

  const Executor executor;
  const OnPiece on_piece;
  bool cancelled = false;  // of the executor's thread
  concurrency::Mutex mutex;
  bool owed ABSL_GUARDED_BY(mutex) = false;
};

BodyPump::BodyPump(std::shared_ptr<BodySource> source, Executor executor, OnPiece on_piece)
    : source_(std::move(source)),
      desk_(std::make_shared<Desk>(executor, [this, on_piece = std::move(on_piece)](Piece piece) {
        if (!piece.ok() || !piece->has_value()) source_.reset();
        on_piece(std::move(piece));
      })) {}

BodyPump::~BodyPump() {
  cancel();
}

void BodyPump::ask() {
  if (source_ == nullptr) return;
  {
    concurrency::MutexLock lock(desk_->mutex);
    desk_->owed = true;
  }
  // It may let itself be cancelled meanwhile.
  const std::shared_ptr<BodySource> source = source_;
  source->next([desk = desk_](Piece piece) {
    concurrency::MutexLock lock(desk->mutex);
    if (!std::exchange(desk->owed, false)) return;
    boost::asio::post(desk->executor, [desk, piece = std::move(piece)]() mutable {
      if (!desk->cancelled) desk->on_piece(std::move(piece));
    });
  });
}

void BodyPump::cancel() {
  desk_->cancelled = true;
  {
    concurrency::MutexLock lock(desk_->mutex);
    desk_->owed = false;
  }
  const std::shared_ptr<BodySource> source = std::exchange(source_, nullptr);
  if (source != nullptr) source->cancel();
}

}  // namespace millrace::http
