// SPDX-License-Identifier: Apache-2.0
//
// Writes an answer whose body is a BodySource: head, then piece after piece. The next piece is
// asked for when the socket has taken the one before, so there is one in memory. HTTP/1.1 gets
// chunks; HTTP/1.0, which knows none, gets the bare bytes until the connection closes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without it

#include <absl/status/status.h>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/chunk_encode.hpp>

#include "lib/http/body_pump.h"

namespace millrace::http {

// On the thread of `Stream`, which must not write otherwise meanwhile; reading it is free.
template <typename Stream>
class StreamedAnswer : public std::enable_shared_from_this<StreamedAnswer<Stream>> {
 public:
  enum class Outcome { kWhole, kNotTaken, kSourceFailed };
  // `cause` is OK with kWhole.
  using Ended = std::function<void(Outcome outcome, const absl::Status& cause)>;

  // `owner` keeps `stream` alive and is kept alive while a write is at work. `head`: status line
  // and fields as bytes, which say whether the body is `chunked`. A `source` of nullptr: the head
  // is all. `write_timeout`: for one piece to be taken.
  StreamedAnswer(Stream& stream, std::weak_ptr<void> owner, std::string head, bool chunked,
                 std::shared_ptr<BodySource> source, std::chrono::milliseconds write_timeout)
      : stream_(stream),
        owner_(std::move(owner)),
        head_(std::move(head)),
        chunked_(chunked),
        has_body_(source != nullptr),
        pump_(std::move(source), executor(),
              [this](BodyPump::Piece piece) { on_piece(std::move(piece)); }),
        write_timeout_(write_timeout),
        patience_(executor()) {}

  // Once. `ended` is called once, unless cancel() comes first; it must not keep the owner alive.
  void start(Ended ended) {
    ended_ = std::move(ended);
    begin_write();
    boost::asio::async_write(stream_, boost::asio::buffer(head_), on_written());
  }

  // The peer has gone or the server stops.
  void cancel() {
    ended_ = nullptr;
    patience_.cancel();
    pump_.cancel();
  }

 private:
  using ErrorCode = boost::beast::error_code;
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        BodyPump::Executor>;

  BodyPump::Executor executor() { return stream_.get_executor(); }

  void on_piece(BodyPump::Piece piece) {
    if (!piece.ok()) return end(Outcome::kSourceFailed, piece.status());
    if (!piece->has_value()) return finish();
    piece_ = std::move(**piece);
    // A chunk of no bytes would be the last one.
    if (piece_.empty()) return pump_.ask();
    begin_write();
    const auto bytes = boost::asio::const_buffer(piece_.data(), piece_.size());
    if (chunked_) {
      boost::asio::async_write(stream_, boost::beast::http::make_chunk(bytes), on_written());
    } else {
      boost::asio::async_write(stream_, bytes, on_written());
    }
  }

  void finish() {
    has_body_ = false;
    if (!chunked_) return end(Outcome::kWhole, absl::OkStatus());
    begin_write();
    boost::asio::async_write(stream_, boost::beast::http::make_chunk_last(), on_written());
  }

  // A timer of its own: the stream's own one serves reading too, and a read is pending all along.
  void begin_write() {
    writing_ = true;
    patience_.expires_after(write_timeout_);
    patience_.async_wait([weak = this->weak_from_this()](const ErrorCode& stopped) {
      const auto self = weak.lock();
      // It may have been due already when it was set anew.
      if (stopped || self == nullptr || !self->writing_ ||
          self->patience_.expiry() > Timer::clock_type::now()) {
        return;
      }
      self->end(Outcome::kNotTaken, absl::DeadlineExceededError("the peer took no more of it"));
    });
  }

  auto on_written() {
    return [self = this->shared_from_this(), owner = owner_.lock()](ErrorCode error, std::size_t) {
      self->writing_ = false;
      self->patience_.cancel();
      self->piece_.clear();
      if (error) return self->end(Outcome::kNotTaken, absl::AbortedError(error.message()));
      if (!self->has_body_) return self->end(Outcome::kWhole, absl::OkStatus());
      self->pump_.ask();
    };
  }

  void end(Outcome outcome, const absl::Status& cause) {
    const Ended ended = std::exchange(ended_, nullptr);
    if (ended) ended(outcome, cause);
  }

  Stream& stream_;
  const std::weak_ptr<void> owner_;
  const std::string head_;
  const bool chunked_;
  bool has_body_;  // more of it is to come
  BodyPump pump_;
  const std::chrono::milliseconds write_timeout_;
  Timer patience_;
  bool writing_ = false;
  std::string piece_;  // being written
  Ended ended_;
};

}  // namespace millrace::http
