// SPDX-License-Identifier: Apache-2.0
//
// For *_itest.cpp: a nats-server of its own, on a free port of 127.0.0.1 with JetStream in a
// temporary folder and a token in its URL, as deployed, to be killed and started again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "lib/bus/connection.h"

namespace millrace::bus {

class NatsServerProcess {
 public:
  // The program, set by main() from --nats-server.
  static void set_program(const std::string& path);

  // `extra`: further lines of its configuration file.
  explicit NatsServerProcess(const std::string& extra = "");
  ~NatsServerProcess();
  NatsServerProcess(const NatsServerProcess&) = delete;
  NatsServerProcess& operator=(const NatsServerProcess&) = delete;

  const std::string& url() const { return url_; }
  void start();
  // SIGKILL, as a power failure of the process.
  void kill();
  // SIGSTOP and SIGCONT: it hangs with its sockets open.
  void suspend();
  void resume();

 private:
  void signal(int number) const;

  std::string folder_;
  std::string url_;
  pid_t pid_ = 0;
};

// The outside of a part under test, with real time.
struct RealOutside {
  log::Logger log{"itest", log::Level::kError};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::SystemClock clock;
  process::Platform platform{log, metrics, readiness, clock};

  std::unique_ptr<Connection> connect(const std::string& url);
};

}  // namespace millrace::bus
