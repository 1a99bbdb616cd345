// SPDX-License-Identifier: Apache-2.0
//
// What JetStream's protocol needs of a connection beyond bus::Connection: message ids, reply
// subjects, and the status the server puts into headers. Inside lib/bus only; tests give the
// publisher and the consumer a wire of their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"

namespace millrace::bus {

struct Outgoing {
  std::string subject;
  std::string payload;
  std::string reply_to;                                     // empty: no answer is wanted
  std::string message_id;                                   // the header Nats-Msg-Id; empty: none
  std::optional<trace::TraceContext> trace = std::nullopt;  // the header traceparent
};

// Statuses of nats-server, as in "NATS/1.0 503".
inline constexpr int kNoStatus = 0;
inline constexpr int kNoMessages = 404;
inline constexpr int kRequestTimeout = 408;
inline constexpr int kConflict = 409;
inline constexpr int kNoResponders = 503;

// Valid only during the handler's call.
struct Delivery {
  std::string_view subject;
  std::string_view payload;
  int status = kNoStatus;
};
using DeliveryHandler = std::function<void(const Delivery&)>;

// Owns what came.
class Incoming {
 public:
  virtual ~Incoming() = default;
  virtual std::string_view subject() const = 0;
  virtual std::string_view payload() const = 0;
  virtual std::string_view reply_to() const = 0;
  virtual int status() const = 0;  // kNoResponders comes without a subject
  // The words after the status: "Consumer Deleted"; empty without.
  virtual std::string_view status_text() const = 0;
};

// A subscription that is read. For one thread.
class Inbox {
 public:
  virtual ~Inbox() = default;
  // Null when nothing came within `timeout`. kUnavailable: the connection is closed.
  virtual absl::StatusOr<std::unique_ptr<Incoming>> next(std::chrono::milliseconds timeout) = 0;
};

// Safe to use from any thread.
class Wire : public Connection {
 public:
  // kUnavailable while there is no connection: nothing is kept for later.
  virtual absl::Status send(const Outgoing& message) = 0;
  // `subject` may have wildcards. The handler runs on a thread of its own, one message at a time.
  virtual absl::StatusOr<std::unique_ptr<Subscription>> receive(const std::string& subject,
                                                                DeliveryHandler handler) = 0;
  virtual absl::StatusOr<std::unique_ptr<Inbox>> open_inbox(const std::string& subject) = 0;
  // How often the connection was found again: a request sent before it changed may be lost.
  virtual std::uint64_t reconnections() const = 0;

  // The wire under `connection`, which must be one made by Connection::connect.
  static absl::StatusOr<Wire*> of(Connection& connection);
};

}  // namespace millrace::bus
