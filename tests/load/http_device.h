// SPDX-License-Identifier: Apache-2.0
//
// One HTTP client that uploads over a connection kept alive, one request at a time. For one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without including it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "load/client_stream.h"
#include "load/load_run.h"
#include "load/payload.h"

namespace millrace::load {

struct HttpOptions {
  std::string path;
  Payload payload;
  bool tolerate_refusals = false;
};

// What all devices of a run share.
struct HttpFleet {
  const HttpOptions& options;
  LoadRun& run;
  boost::asio::io_context& io;
  boost::asio::ssl::context* tls = nullptr;  // null: plain TCP
  std::int64_t last_number = 0;              // of Payload::number_at
};

class HttpDevice final : public LoadClient, public std::enable_shared_from_this<HttpDevice> {
 public:
  HttpDevice(HttpFleet& fleet, int number);

  void start() override;
  bool connected() const override { return connected_; }
  void send(Instant now) override;
  std::size_t unanswered() const override { return started_at_ ? 1 : 0; }

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void read();
  void handle_bytes(std::size_t count);
  void handle_answer(int status, bool keep_alive);
  void lose(const std::string& why);
  void reopen_when_quiet();

  HttpFleet& fleet_;
  const int number_;
  ClientStream stream_;
  boost::asio::steady_timer retry_;
  bool connected_ = false;
  bool broken_ = false;
  bool writing_ = false;
  int pending_ = 0;      // operations of stream_ whose handlers have not run
  std::string request_;  // the same each time but for the number
  std::size_t number_offset_ = 0;
  std::optional<Parser> parser_;
  std::string in_;  // the beginning of an answer
  std::array<char, 16384> buffer_{};
  std::int64_t scheduled_ = 0;
  std::optional<Instant> started_at_;  // of the request that is out
};

}  // namespace millrace::load
