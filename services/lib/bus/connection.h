// SPDX-License-Identifier: Apache-2.0
//
// A connection to NATS: core publish, request-reply, subscriptions. <nats/nats.h> is known to
// lib/bus/nats_*.{h,cpp} only; its times (milliseconds here, nanoseconds there) are converted there
// once.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/process/platform.h"
#include "lib/trace/trace_context.h"

namespace millrace::bus {

struct ConnectionOptions {
  std::string url = "nats://127.0.0.1:4222";  // several separated by commas
  std::string client_name;                    // shown by nats-server's monitoring
  // Gather what is sent for up to a millisecond instead of one system call for each message: for
  // services that send many small messages and wait for none of them.
  bool gather_writes = false;
};

// Valid only during the handler's call.
struct Message {
  std::string_view subject;
  std::string_view payload;
  std::string_view reply_to;  // empty: no answer is wanted
};

using MessageHandler = std::function<void(const Message&)>;

// Ends its subscription when destroyed; the destructor waits for a handler that is running, so it
// must not be destroyed inside its own handler, and not after its connection.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

// Safe to use from any thread, but must not be destroyed on a bus thread. Reconnects for ever;
// `readiness` condition "nats" follows the connection.
class Connection {
 public:
  // Keeps trying until connected or `stop` (kCancelled).
  static absl::StatusOr<std::unique_ptr<Connection>> connect(ConnectionOptions options,
                                                             process::Platform& platform,
                                                             std::stop_token stop);
  virtual ~Connection() = default;

  virtual bool connected() const = 0;
  // What the server takes in one message, bytes.
  virtual std::size_t max_payload_bytes() const = 0;

  // Core NATS: at most once. `trace`: goes into the message's header `traceparent`.
  virtual absl::Status publish(const std::string& subject, std::string_view payload,
                               const std::optional<trace::TraceContext>& trace) = 0;
  absl::Status publish(const std::string& subject, std::string_view payload) {
    return publish(subject, payload, std::nullopt);
  }
  // One answer. kUnavailable: no responder or not connected; kDeadlineExceeded: no answer in time.
  virtual absl::StatusOr<std::string> request(const std::string& subject, std::string_view payload,
                                              std::chrono::milliseconds timeout) = 0;
  // The same without a waiting thread: `done` runs exactly once and must not block. It runs on a
  // bus thread (after `timeout` with kDeadlineExceeded; when the connection is closed with
  // kCancelled), or inside this call when the request cannot be sent at all (kUnavailable).
  virtual void request_async(const std::string& subject, std::string_view payload,
                             std::chrono::milliseconds timeout,
                             std::function<void(absl::StatusOr<std::string>)> done) = 0;
  // `queue_group` empty: every subscriber gets every message. The handler runs on a thread of the
  // subscription, one message at a time.
  virtual absl::StatusOr<std::unique_ptr<Subscription>> subscribe(const std::string& subject,
                                                                  const std::string& queue_group,
                                                                  MessageHandler handler) = 0;
  // Runs after each reconnection, on a bus thread: events may have been missed meanwhile.
  virtual void on_reconnect(std::function<void()> callback) = 0;
};

}  // namespace millrace::bus
