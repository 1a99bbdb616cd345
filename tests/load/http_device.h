// SPDX-License-Identifier: Apache-2.0
//
// One HTTP client that uploads over a connection kept alive, one request at a time. For one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without including it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "load/load_device.h"
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

class HttpDevice final : public LoadDevice {
 public:
  HttpDevice(HttpFleet& fleet, int number);

  void send(Instant now) override;
  std::size_t unanswered() const override { return started_at_ ? 1 : 0; }

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void opened() override;
  void received() override;
  void written() override;
  void forget() override;
  void handle_answer(int status, bool keep_alive);

  HttpFleet& fleet_;
  const int number_;
  std::string request_;  // the same each time but for the number
  std::size_t number_offset_ = 0;
  std::optional<Parser> parser_;
  std::int64_t scheduled_ = 0;
  std::optional<Instant> started_at_;  // of the request that is out
};

}  // namespace millrace::load
