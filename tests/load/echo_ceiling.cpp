// SPDX-License-Identifier: Apache-2.0
//
// The ceiling of any receiver that is built on Asio and runs beside its load on the same machine:
// messages of --bytes that come back unchanged, with the connections and the window of mqtt_load.
// A thread serves, another one loads. Prints one JSON line.
#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>  // Boost 1.74's Asio uses std::exchange without including it
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "load/load_meter.h"

namespace millrace::load {
namespace {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;
using Steady = std::chrono::steady_clock;

struct Options {
  int connections = 50;
  int window = 100;
  std::size_t bytes = 256;
  double warm_up_seconds = 0.5;
  double seconds = 3;
};

class Echo : public std::enable_shared_from_this<Echo> {
 public:
  explicit Echo(tcp::socket socket) : socket_(std::move(socket)) {}

  void read() {
    socket_.async_read_some(boost::asio::buffer(buffer_),
                            [self = shared_from_this()](const Error& error, std::size_t count) {
                              if (!error) self->write(count);
                            });
  }

 private:
  void write(std::size_t count) {
    boost::asio::async_write(socket_, boost::asio::buffer(buffer_, count),
                             [self = shared_from_this()](const Error& error, std::size_t) {
                               if (!error) self->read();
                             });
  }

  tcp::socket socket_;
  std::array<char, 65536> buffer_{};
};

void accept(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](const Error& error, tcp::socket socket) {
    if (error) return;
    socket.set_option(tcp::no_delay(true));
    std::make_shared<Echo>(std::move(socket))->read();
    accept(acceptor);
  });
}

// Sends its window, and a message for each that is back.
class Caller : public std::enable_shared_from_this<Caller> {
 public:
  Caller(boost::asio::io_context& io, const Options& options, LoadMeter& meter)
      : socket_(io), options_(options), meter_(meter) {}

  void start(const tcp::endpoint& where) {
    socket_.connect(where);
    socket_.set_option(tcp::no_delay(true));
    sent_at_.assign(static_cast<std::size_t>(options_.window), Steady::now());
    waiting_ = sent_at_.size();
    write();
    read();
  }

 private:
  void write() {
    if (writing_ || waiting_ == 0) return;
    writing_ = true;
    out_.assign(waiting_ * options_.bytes, 'x');
    waiting_ = 0;
    boost::asio::async_write(socket_, boost::asio::buffer(out_),
                             [self = shared_from_this()](const Error& error, std::size_t) {
                               self->writing_ = false;
                               if (!error) self->write();
                             });
  }

  void read() {
    socket_.async_read_some(boost::asio::buffer(buffer_),
                            [self = shared_from_this()](const Error& error, std::size_t count) {
                              if (error) return;
                              self->take(count);
                              self->write();
                              self->read();
                            });
  }

  void take(std::size_t count) {
    const Instant now = Steady::now();
    for (received_ += count; received_ >= options_.bytes; received_ -= options_.bytes) {
      meter_.complete(sent_at_[next_], now);
      sent_at_[next_] = now;
      next_ = (next_ + 1) % sent_at_.size();
      ++waiting_;
    }
  }

  tcp::socket socket_;
  const Options& options_;
  LoadMeter& meter_;
  bool writing_ = false;
  std::size_t waiting_ = 0;   // messages to send
  std::size_t received_ = 0;  // bytes of a message that is not whole
  std::vector<Instant> sent_at_;
  std::size_t next_ = 0;
  std::string out_;
  std::array<char, 65536> buffer_{};
};

void run_echo(const Options& options) {
  boost::asio::io_context server(1);
  tcp::acceptor acceptor(server, {boost::asio::ip::address_v4::loopback(), 0});
  accept(acceptor);
  const std::jthread serving([&server] { server.run(); });
  const auto seconds = [](double count) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(count * 1e9));
  };
  LoadMeter meter(
      {.warm_up = seconds(options.warm_up_seconds), .measured = seconds(options.seconds)});
  boost::asio::io_context io(1);
  meter.begin(Steady::now());
  for (int i = 0; i < options.connections; ++i) {
    std::make_shared<Caller>(io, options, meter)->start(acceptor.local_endpoint());
  }
  io.run_for(seconds(options.warm_up_seconds + options.seconds));
  server.stop();
  const auto ms = [](std::chrono::nanoseconds time) {
    return static_cast<double>(time.count()) / 1e6;
  };
  fmt::print(
      "{{\"program\":\"echo_ceiling\",\"messages\":{},\"bytes\":{},\"messages_per_second\":{:.0f},"
      "\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"connections\":{},\"window\":{}}}\n",
      meter.measured(), options.bytes, meter.per_second(), ms(meter.latencies().quantile(0.5)),
      ms(meter.latencies().quantile(0.99)), options.connections, options.window);
}

}  // namespace
}  // namespace millrace::load

int main(int argc, char** argv) {
  millrace::load::Options options;
  CLI::App app("Asio's echo: messages a second and their latency, on this machine only");
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 5000));
  app.add_option("--window", options.window, "messages out at a time, per connection")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--bytes", options.bytes)->check(CLI::Range(std::size_t{1}, std::size_t{65'536}));
  app.add_option("--warm-up", options.warm_up_seconds)->check(CLI::Range(0.0, 60.0));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.1, 600.0));
  CLI11_PARSE(app, argc, argv);
  try {
    millrace::load::run_echo(options);
  } catch (const std::exception& error) {
    std::cerr << "echo_ceiling: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
