// SPDX-License-Identifier: Apache-2.0
//
// Connects look_ups.h to NATS: one subscription of the replicas' queue group for each kind of
// request, a bounded queue behind them, several workers. Checks of passwords have a queue and
// workers of their own: they take a processor, and a storm of them is to delay nobody's token.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "registry/look_ups.h"
#include "registry/work_queue.h"

namespace millrace::registry {

struct ResponderWorkers {
  std::size_t look_ups = 1;
  std::size_t password_checks = 1;
};

class Responders {
 public:
  // Begins to answer. `connection` and `look_ups` must outlive it.
  static absl::StatusOr<std::unique_ptr<Responders>> start(bus::Connection& connection,
                                                           LookUps& look_ups,
                                                           const ResponderWorkers& workers,
                                                           process::Platform& platform);
  ~Responders();  // stop()
  Responders(const Responders&) = delete;
  Responders& operator=(const Responders&) = delete;

  // Takes no new requests; returns at once, while those it took are being answered.
  void take_no_more();
  // Takes no new requests, answers those it took.
  void stop();

 private:
  struct Kind {
    std::string subject;
    std::string label;
    std::function<Answer(const std::string&)> answer;
    std::function<Answer(const std::string&)> unavailable;
    std::size_t max_request_bytes;
    WorkQueue& queue;
  };

  Responders(bus::Connection& connection, LookUps& look_ups, const ResponderWorkers& workers,
             process::Platform& platform);
  absl::Status subscribe(const Kind& kind);
  void take(const Kind& kind, const bus::Message& message);
  void respond(const Kind& kind, const std::string& reply_to, const Answer& answer);
  void count(const std::string& kind, const std::string& status);

  bus::Connection& connection_;
  process::Platform& platform_;
  WorkQueue queue_;
  WorkQueue password_queue_;
  const std::vector<Kind> kinds_;
  // Last: they hand messages to the queue until they are gone.
  std::vector<std::unique_ptr<bus::Subscription>> subscriptions_;
};

}  // namespace millrace::registry
