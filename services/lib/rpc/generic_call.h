// SPDX-License-Identifier: Apache-2.0
//
// Calls of any method, by its name and in bytes: for a program that hands calls on without knowing
// them. No thread waits for an answer: callbacks run on threads of gRPC and must not block.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "lib/process/platform.h"
#include "lib/rpc/channel.h"

namespace millrace::rpc {

// Names in lower case.
using Metadata = std::vector<std::pair<std::string, std::string>>;

struct GenericRequest {
  std::string method;   // /package.Service/Method; must be a method's name, not what a client sent
  std::string message;  // serialised
  // May be a client's: what gRPC cannot carry (a value with anything but printable ASCII) ends the
  // call with kInvalidArgument before it begins.
  Metadata metadata = {};
  std::chrono::milliseconds timeout{0};  // 0: none
};

// Of a call that has ended. The status has error::retry_after() where the server said when to try
// again. Where the server was not reached its message says so, and what to do.
struct GenericAnswer {
  absl::Status status;
  std::string message;     // serialised; of a call that succeeded
  Metadata trailers = {};  // the server's, without those of gRPC itself and binary ones
};

// The answers of one server-streaming call, each read only when it is asked for: gRPC's flow
// control then holds the server back. Destroying it cancels the call.
class MessageStream {
 public:
  // nullopt: that was the last one. An error: the call ended so.
  using Next = std::function<void(absl::StatusOr<std::optional<std::string>>)>;

  virtual ~MessageStream() = default;
  // Calls `done` once, maybe before it returns. Not before the `done` of the one before was called.
  virtual void next(Next done) = 0;
  // A `done` that is owed gets kCancelled. From any thread, any number of times.
  virtual void cancel() = 0;
  // When the end was told.
  virtual Metadata trailers() const = 0;
};

struct GenericLimits {
  std::size_t calls = 400;    // unary ones at a time; more: kResourceExhausted
  std::size_t streams = 500;  // at a time; more: kResourceExhausted
};

// Safe to use from any thread.
class GenericCaller {
 public:
  virtual ~GenericCaller() = default;

  // `done` is called once, maybe before this returns.
  virtual void unary(GenericRequest request, std::function<void(GenericAnswer)> done) = 0;
  // Never null: a refused call is a stream that says so when asked.
  virtual std::unique_ptr<MessageStream> stream(GenericRequest request) = 0;
  // Refuses further calls with kUnavailable, cancels those at work and waits until their callbacks
  // have run, for five seconds at most. May be called again; not inside a callback.
  virtual void stop() = 0;
};

// `server`: what is called, in words for its callers, and the name of the setting that says where
// it is: {"query", "query-address"}.
struct CalledServer {
  std::string name;
  std::string address_setting;
};

std::unique_ptr<GenericCaller> make_generic_caller(const ChannelOptions& options,
                                                   CalledServer server, GenericLimits limits,
                                                   process::Platform& platform);

}  // namespace millrace::rpc
