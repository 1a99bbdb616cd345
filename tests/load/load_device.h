// SPDX-License-Identifier: Apache-2.0
//
// What a device of any protocol does with its connection: open it, read all that comes, write one
// piece at a time, and, with --reconnect, open another when it is lost. For one thread.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without including it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "load/client_stream.h"
#include "load/load_run.h"

namespace millrace::load {

class LoadDevice : public LoadClient, public std::enable_shared_from_this<LoadDevice> {
 public:
  // `tls` is null for plain TCP. All outlive the device.
  LoadDevice(LoadRun& run, boost::asio::io_context& io, boost::asio::ssl::context* tls);

  void start() final;
  bool connected() const final { return connected_; }

 protected:
  // The connection is there; what comes is read from now on.
  virtual void opened() = 0;
  // in_ has grown: takes out of it what is whole.
  virtual void received() = 0;
  // What write() was given has left.
  virtual void written() = 0;
  // The connection is over: forgets what belonged to it. Called after its uploads were counted.
  virtual void forget() = 0;

  // Only while !writing(). The bytes stay as they are until written(), or opened() of another
  // connection.
  void write(const std::string& bytes);
  void lose(const std::string& why);

  bool writing() const { return writing_; }
  bool broken() const { return broken_; }

  LoadRun& run_;
  bool connected_ = false;  // uploads may be sent
  std::string in_;          // what has come and was not taken

 private:
  void read();
  void reopen_when_quiet();

  ClientStream stream_;
  boost::asio::steady_timer retry_;
  bool broken_ = false;
  bool writing_ = false;
  int pending_ = 0;  // operations of stream_ whose handlers have not run
  std::array<char, 16384> buffer_{};
};

}  // namespace millrace::load
