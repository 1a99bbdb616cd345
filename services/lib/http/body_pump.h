// SPDX-License-Identifier: Apache-2.0
//
// Asks a BodySource for its pieces, one at a time, and brings them to the connection's thread from
// whatever thread they come.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without it

#include <absl/status/statusor.h>
#include <boost/asio/io_context.hpp>

#include "lib/http/message.h"

namespace millrace::http {

// Belongs to the thread that runs `executor`.
class BodyPump {
 public:
  using Executor = boost::asio::io_context::executor_type;
  using Piece = absl::StatusOr<std::optional<std::string>>;
  // Gets each piece on the executor, never from within ask(): a source that answers at once makes
  // no deep stack. Not called after cancel(); must not keep the pump alive.
  using OnPiece = std::function<void(Piece)>;

  BodyPump(std::shared_ptr<BodySource> source, Executor executor, OnPiece on_piece);
  // As cancel().
  ~BodyPump();
  BodyPump(const BodyPump&) = delete;
  BodyPump& operator=(const BodyPump&) = delete;

  // For the next piece; not before the one before has come.
  void ask();
  // Tells the source, once, unless it has ended by itself; then lets go of it.
  void cancel();

 private:
  struct Desk;

  std::shared_ptr<BodySource> source_;  // until it has ended
  const std::shared_ptr<Desk> desk_;    // shared with the answer that is owed
};

}  // namespace millrace::http
