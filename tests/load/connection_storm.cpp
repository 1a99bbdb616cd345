// SPDX-License-Identifier: Apache-2.0
//
// A client that connects, waits for CONNACK, cuts the connection and does it again, on a number of
// sockets at once, as fast as the server lets it, for --seconds or until SIGTERM. Prints one JSON
// line. One thread.
#include <array>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without including it

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "load/latency_histogram.h"
#include "load/mqtt_bytes.h"
#include "load/send_schedule.h"

namespace millrace::load {
namespace {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;
using Steady = std::chrono::steady_clock;

// After a connection that was not taken.
constexpr std::chrono::milliseconds kPause{1};

struct Options {
  std::uint16_t port = 0;
  int at_once = 50;
  double seconds = 5;
};

struct Storm {
  Storm(const Options& its_options, boost::asio::io_context& its_io)
      : options(its_options), io(its_io) {}

  const Options& options;
  boost::asio::io_context& io;
  std::int64_t numbers = 0;
  std::int64_t accepted = 0;
  std::int64_t refused = 0;  // closed before CONNACK, or another answer
  LatencyHistogram latencies;
};

class Visitor : public std::enable_shared_from_this<Visitor> {
 public:
  explicit Visitor(Storm& storm) : storm_(storm), socket_(storm.io), pause_(storm.io) {}

  void come() {
    began_ = Steady::now();
    hello_ = connect_packet(MqttVersion::k311,
                            fmt::format("storm-{}-{}", ::getpid(), ++storm_.numbers), 60);
    const tcp::endpoint where(boost::asio::ip::address_v4::loopback(), storm_.options.port);
    socket_.async_connect(where, [self = shared_from_this()](const Error& error) {
      if (error) return self->leave(false);
      // Cut with a reset: ports would run out in TIME_WAIT within seconds.
      Error ignored;
      self->socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
      boost::asio::async_write(self->socket_, boost::asio::buffer(self->hello_),
                               [self](const Error&, std::size_t) {});
      self->socket_.async_read_some(boost::asio::buffer(self->buffer_), [self](const Error& failure,
                                                                               std::size_t count) {
        std::string_view bytes(self->buffer_.data(), count);
        ServerPacket packet;
        self->leave(!failure && take_packet(bytes, packet) == Take::kPacket &&
                    packet.type() == kConnack && packet.body.size() >= 2 && packet.body[1] == 0);
      });
    });
  }

 private:
  void leave(bool accepted) {
    ++(accepted ? storm_.accepted : storm_.refused);
    if (accepted) storm_.latencies.record(Steady::now() - began_);
    Error ignored;
    socket_.close(ignored);
    pause_.expires_after(accepted ? std::chrono::milliseconds(0) : kPause);
    pause_.async_wait([self = shared_from_this()](const Error& error) {
      if (!error) self->come();
    });
  }

  Storm& storm_;
  tcp::socket socket_;
  boost::asio::steady_timer pause_;
  Instant began_;
  std::string hello_;
  std::array<char, 64> buffer_{};
};

}  // namespace
}  // namespace millrace::load

int main(int argc, char** argv) {
  using millrace::load::Options;
  Options options;
  CLI::App app("MQTT connections that come and go; to this machine only");
  app.add_option("--port", options.port, "of the server, on 127.0.0.1")->required();
  app.add_option("--at-once", options.at_once)->check(CLI::Range(1, 5000));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.1, 600.0));
  CLI11_PARSE(app, argc, argv);

  boost::asio::io_context io(1);
  millrace::load::Storm storm(options, io);
  for (int i = 0; i < options.at_once; ++i) {
    std::make_shared<millrace::load::Visitor>(storm)->come();
  }
  boost::asio::signal_set signals(io, SIGTERM);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  const auto begin = std::chrono::steady_clock::now();
  io.run_for(std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000)));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print(
      "{{\"program\":\"connection_storm\",\"accepted\":{},\"refused\":{},"
      "\"connects_per_second\":{:.0f},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f}}}\n",
      storm.accepted, storm.refused, static_cast<double>(storm.accepted) / took.count(),
      static_cast<double>(storm.latencies.quantile(0.5).count()) / 1e6,
      static_cast<double>(storm.latencies.quantile(0.99).count()) / 1e6);
  return 0;
}
