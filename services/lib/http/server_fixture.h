// SPDX-License-Identifier: Apache-2.0
//
// For tests: a server on a port of its own, and a device that speaks HTTP to it byte by byte.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>  // Boost 1.74's Asio uses std::exchange without it
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "lib/concurrency/mutex.h"
#include "lib/http/server.h"

namespace millrace::http {

// An answer's head less its field Date, which every answer has.
inline std::string without_date(std::string head) {
  const std::size_t from = head.find("Date: ");
  const std::size_t to = head.find(" GMT\r\n", from);
  if (from == std::string::npos || to == std::string::npos) return "no Date: " + head;
  return head.erase(from, to + 6 - from);
}

// A device that speaks HTTP byte by byte, over a stream of Asio.
template <typename Stream>
class DeviceOver {
 public:
  template <typename... Arguments>
  explicit DeviceOver(Arguments&... arguments) : stream_(context_, arguments...) {}

  void connect(std::uint16_t port) {
    stream_.lowest_layer().connect({boost::asio::ip::make_address("127.0.0.1"), port});
  }

  void send(std::string_view bytes) {
    boost::system::error_code ignored;  // the server may have closed already
    boost::asio::write(stream_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
  }

  void close() { stream_.lowest_layer().close(); }

  // Up to and including the first `end`; less when the server closes.
  std::string read_until(const std::string& end) {
    std::string got;
    char c = 0;
    boost::system::error_code error;
    while (!got.ends_with(end)) {
      boost::asio::read(stream_, boost::asio::buffer(&c, 1), error);
      if (error) break;
      got += c;
    }
    last_error_ = error;
    return got;
  }
  // So many bytes, less when the server closes.
  std::string read_bytes(std::size_t count) {
    std::string got(count, '\0');
    boost::system::error_code error;
    got.resize(boost::asio::read(stream_, boost::asio::buffer(got), error));
    return got;
  }
  // How the last read_until(), read_head() or read_all() ended.
  boost::system::error_code last_error() const { return last_error_; }
  std::string read_head() { return read_until("\r\n\r\n"); }
  // Until the server closes.
  std::string read_all() { return read_until(std::string(1, '\0') + "never sent"); }

  // A whole answer, as long as its Content-Length says.
  std::string read_answer() {
    std::string answer = read_head();
    const std::string name = "Content-Length: ";
    const std::size_t at = answer.find(name);
    if (at == std::string::npos) return answer;
    return answer + read_bytes(std::stoul(answer.substr(at + name.size())));
  }

  Stream& stream() { return stream_; }

 private:
  boost::asio::io_context context_;
  Stream stream_;
  boost::system::error_code last_error_;
};

class Device : public DeviceOver<boost::asio::ip::tcp::socket> {
 public:
  explicit Device(std::uint16_t port) { connect(port); }
};

inline std::string post(const std::string& path, const std::string& body,
                        const std::string& more_headers = "") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n{}", path,
                     body.size(), more_headers, body);
}

class HttpServer : public testing::Test {
 protected:
  HttpServer() {
    options.listeners = {Listener{"127.0.0.1"}};
    options.max_body_bytes = 1'000;
    options.refuse = [](const RefusedRequest& refused) {
      Response response;
      response.status = refused.status;
      response.content_type = "text/plain";
      response.body = refused.reason;
      response.headers.add("X-Path", refused.head.path);
      return response;
    };
    handler = [](Request request, const Reply& reply) {
      Response response;
      response.content_type = "text/plain";
      response.body = request.method + " " + request.path + " " + request.body;
      reply(std::move(response));
    };
  }

  void start() {
    auto created = Server::create(options, handler, platform);
    ASSERT_TRUE(created.ok()) << created.status();
    server = *std::move(created);
  }
  Device device() const { return Device(server->port()); }
  // One request on a connection of its own, and all that comes back.
  std::string exchange(std::string_view bytes) const {
    Device one(server->port());
    one.send(bytes);
    return one.read_all();
  }

  // The socket is closed a moment before it is counted.
  void wait_for_time_out(const std::string& awaited) const {
    const std::string counted =
        fmt::format("timed_out_connections_total{{awaited=\"{}\"}} 1\n", awaited);
    const auto until = clock.instant() + std::chrono::seconds{30};
    while (metrics.expose().find(counted) == std::string::npos) {
      if (clock.instant() >= until) {
        FAIL() << "not counted: " << counted << "in\n" << metrics.expose();
      }
      std::this_thread::yield();
    }
  }

  log::Logger log{"test", log::Level::kError};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::SystemClock clock;
  process::Platform platform{log, metrics, readiness, clock};
  ServerOptions options;
  Handler handler;
  std::unique_ptr<Server> server;
};

// Holds replies until the test gives them out.
class HeldReplies {
 public:
  Handler handler() {
    return [this](const Request&, Reply reply) {
      concurrency::MutexLock lock(mutex_);
      replies_.push_back(std::move(reply));
      arrived_.notify_all();
    };
  }
  Reply take() {
    concurrency::MutexLock lock(mutex_);
    while (replies_.empty()) arrived_.wait(mutex_);
    Reply reply = std::move(replies_.back());
    replies_.pop_back();
    return reply;
  }

 private:
  concurrency::Mutex mutex_;
  concurrency::CondVar arrived_;
  std::vector<Reply> replies_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::http
