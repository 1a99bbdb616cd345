// SPDX-License-Identifier: Apache-2.0
//
// One thread with the connections that live on it from beginning to end: no connection is ever
// touched by two threads, so that none needs a lock or a strand.
#pragma once

#include <memory>
#include <thread>
#include <utility>  // Asio 1.74 needs it before its own headers in C++20
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "mqtt-receiver/connection.h"
#include "mqtt-receiver/connection_count.h"

namespace millrace::mqtt_receiver {

// What all workers share; it outlives them.
struct WorkerSurroundings {
  const ConnectionLimits& limits;
  process::Platform& platform;
  const ReceiverMetrics& metrics;
  ClientRegistry& clients;
  ByteBudget& budget;
  network::AddressLimit& addresses;
  ConnectionCount& count;
};

class IoWorker {
 public:
  explicit IoWorker(const WorkerSurroundings& surroundings);
  // Abandons what is left; after join() there is nothing.
  ~IoWorker();
  IoWorker(const IoWorker&) = delete;
  IoWorker& operator=(const IoWorker&) = delete;

  // Safe to use from any thread, before start() and after join() too.
  Mailbox& mailbox() { return mailbox_; }
  boost::asio::io_context& context() { return context_; }

  // Both must stay valid until join().
  void start(UploadHandler& uploads, Authenticator& authenticator);
  // Takes over a socket made for context(), which has entered WorkerSurroundings::count. From any
  // thread.
  void adopt(Arrival arrival);
  // Connections answer what is in flight and end; adopted ones end at once. From any thread.
  void begin_stop();
  // Ends all connections at once and the thread with them.
  void join();

 private:
  void open(Arrival arrival);
  void close(ConnectionId id);
  void read_mail();
  void take_receipts();
  void take_verdicts();
  void cut_revoked();
  void cut_unmet(const registry_client::AuthenticationRules& rules);
  void end(ConnectionId id, CloseReason reason);
  std::vector<std::shared_ptr<Connection>> connections() const;

  const WorkerSurroundings surroundings_;
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  Mailbox mailbox_;

  // Of the worker's thread.
  std::unique_ptr<ConnectionSurroundings> connection_surroundings_;
  absl::flat_hash_map<ConnectionId, std::shared_ptr<Connection>> connections_;
  ConnectionId last_id_ = 0;
  bool stopping_ = false;
  Mail mail_;                                          // being read
  std::vector<std::shared_ptr<Connection>> answered_;  // by the mail being read

  std::jthread thread_;  // last: uses all of the above
};

}  // namespace millrace::mqtt_receiver
