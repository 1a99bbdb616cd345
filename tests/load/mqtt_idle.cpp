// SPDX-License-Identifier: Apache-2.0
//
// Devices that are connected and say nothing but PINGREQ, once in each keep alive, the devices
// spread over it. Prints a JSON line when all are connected and one at the end, which is after
// --seconds or at SIGTERM. Ends with 1 when the server cut one. One thread.
#include <array>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without including it
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "load/client_stream.h"
#include "load/latency_histogram.h"
#include "load/mqtt_bytes.h"
#include "load/send_schedule.h"

namespace millrace::load {
namespace {

using Steady = std::chrono::steady_clock;

struct Options {
  std::uint16_t port = 0;
  int connections = 1000;
  int at_once = 200;  // connecting at a time
  int keep_alive = 60;
  double seconds = 60;
  int version = 4;
  bool tls = false;
  std::string from;  // the local address; empty: the kernel chooses
};

class IdleDevice;

struct Crowd {
  Crowd(const Options& its_options, boost::asio::io_context& its_io,
        boost::asio::ssl::context* its_tls)
      : options(its_options), io(its_io), tls(its_tls) {}

  const Options& options;
  boost::asio::io_context& io;
  boost::asio::ssl::context* tls;  // null: plain TCP
  boost::asio::ip::address from;
  std::vector<std::shared_ptr<IdleDevice>> devices;
  Instant begin = Steady::now();
  std::size_t started = 0;
  int connected = 0;
  int failed = 0;  // never connected
  int cut = 0;
  std::int64_t pings = 0;
  std::string last_failure;
  LatencyHistogram pongs;
  bool ending = false;

  void start_next();
  void note_connected();
};

class IdleDevice : public std::enable_shared_from_this<IdleDevice> {
 public:
  IdleDevice(Crowd& crowd, int number)
      : crowd_(crowd), number_(number), stream_(crowd.io, crowd.tls), timer_(crowd.io) {}

  void start() {
    const ClientStream::Tcp::endpoint where(boost::asio::ip::address_v4::loopback(),
                                            crowd_.options.port);
    stream_.async_connect(
        where, crowd_.from, [self = shared_from_this()](const ClientStream::Error& error) {
          if (error) return self->end(error.message());
          const auto version =
              self->crowd_.options.version == 5 ? MqttVersion::k5 : MqttVersion::k311;
          self->out_ = connect_packet(version, fmt::format("idle-{}-{}", ::getpid(), self->number_),
                                      static_cast<std::uint16_t>(self->crowd_.options.keep_alive));
          self->write();
          self->read();
        });
  }

 private:
  void write() {
    stream_.async_write(out_,
                        [self = shared_from_this()](const ClientStream::Error& error, std::size_t) {
                          if (error) self->end(error.message());
                        });
  }

  void read() {
    stream_.async_read_some(
        boost::asio::buffer(buffer_),
        [self = shared_from_this()](const ClientStream::Error& error, std::size_t count) {
          if (error) return self->end(error.message());
          self->in_.append(self->buffer_.data(), count);
          self->take_packets();
          if (!self->ended_) self->read();
        });
  }

  void take_packets() {
    std::string_view rest = in_;
    ServerPacket packet;
    while (take_packet(rest, packet) == Take::kPacket) {
      if (packet.type() == kConnack && packet.body.size() >= 2 && packet.body[1] == 0) {
        connected_ = true;
        crowd_.note_connected();
        out_ = kPingreq;
        // The first one at a point of the interval of its own.
        ping_after(std::chrono::milliseconds(std::int64_t{1000} * crowd_.options.keep_alive *
                                             (number_ + 1) / crowd_.options.connections));
      } else if (packet.type() == kPingresp) {
        crowd_.pongs.record(Steady::now() - pinged_at_);
      } else {
        return end(fmt::format("the server sent packet type {}", packet.type()));
      }
    }
    in_.erase(0, in_.size() - rest.size());
    // Nothing is kept for a device that says nothing.
    if (in_.empty()) std::string().swap(in_);
  }

  void ping_after(std::chrono::milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait([self = shared_from_this()](const ClientStream::Error& error) {
      if (error || self->ended_) return;
      self->pinged_at_ = Steady::now();
      ++self->crowd_.pings;
      self->write();
      self->ping_after(std::chrono::seconds(self->crowd_.options.keep_alive));
    });
  }

  void end(const std::string& why) {
    if (ended_) return;
    ended_ = true;
    timer_.cancel();
    stream_.close();
    if (crowd_.ending) return;
    crowd_.last_failure = why;
    if (connected_) {
      ++crowd_.cut;
    } else {
      ++crowd_.failed;
      crowd_.start_next();
    }
  }

  Crowd& crowd_;
  const int number_;
  ClientStream stream_;
  boost::asio::steady_timer timer_;
  bool connected_ = false;
  bool ended_ = false;
  std::string out_;
  std::string in_;
  std::array<char, 64> buffer_{};
  Instant pinged_at_;
};

void Crowd::start_next() {
  if (started < devices.size()) devices[started++]->start();
}

void Crowd::note_connected() {
  ++connected;
  start_next();
  if (connected != options.connections) return;
  const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  fmt::print("{{\"program\":\"mqtt_idle\",\"connected\":{},\"seconds\":{:.3f}}}\n", connected,
             seconds);
  std::cout.flush();
  std::fflush(stdout);
}

int run_idle(const Options& options) {
  boost::asio::io_context io(1);
  boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
  Crowd crowd(options, io, options.tls ? &tls : nullptr);
  if (!options.from.empty()) {
    boost::system::error_code error;
    crowd.from = boost::asio::ip::make_address(options.from, error);
    if (error) {
      std::cerr << "mqtt_idle: --from is '" << options.from << "', which is no address\n";
      return 2;
    }
  }
  for (int i = 0; i < options.connections; ++i) {
    crowd.devices.push_back(std::make_shared<IdleDevice>(crowd, i));
  }
  for (int i = 0; i < options.at_once; ++i) crowd.start_next();
  boost::asio::steady_timer end(
      io, std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000)));
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  const auto finish = [&](boost::system::error_code error) {
    if (error) return;
    crowd.ending = true;
    io.stop();
  };
  end.async_wait(finish);
  signals.async_wait([&](boost::system::error_code error, int) { finish(error); });
  io.run();
  const auto ms = [](std::chrono::nanoseconds time) {
    return static_cast<double>(time.count()) / 1e6;
  };
  fmt::print(
      "{{\"program\":\"mqtt_idle\",\"connected\":{},\"failed\":{},\"cut\":{},\"pings\":{},"
      "\"answered\":{},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"max_ms\":{:.3f}}}\n",
      crowd.connected, crowd.failed, crowd.cut, crowd.pings, crowd.pongs.count(),
      ms(crowd.pongs.quantile(0.5)), ms(crowd.pongs.quantile(0.99)), ms(crowd.pongs.max()));
  if (crowd.connected == options.connections && crowd.cut == 0) return 0;
  std::cerr << fmt::format("mqtt_idle: {} of {} connected, {} cut; last: {}\n", crowd.connected,
                           options.connections, crowd.cut, crowd.last_failure);
  return 1;
}

}  // namespace
}  // namespace millrace::load

int main(int argc, char** argv) {
  millrace::load::Options options;
  CLI::App app("MQTT devices that are connected and send nothing; to this machine only");
  app.add_option("--port", options.port, "of the server, on 127.0.0.1")->required();
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 19'900));
  app.add_option("--at-once", options.at_once, "connecting at a time")->check(CLI::Range(1, 5000));
  app.add_option("--keep-alive", options.keep_alive, "seconds; a PINGREQ in each")
      ->check(CLI::Range(1, 65'535));
  app.add_option("--seconds", options.seconds, "end after this")->check(CLI::Range(0.1, 7200.0));
  app.add_option("--mqtt", options.version, "4 is 3.1.1")->check(CLI::IsMember({4, 5}));
  app.add_flag("--tls", options.tls, "without looking at the server's certificate");
  app.add_option("--from", options.from,
                 "local address, 127.0.0.x: one has ports for some 28,000 connections");
  CLI11_PARSE(app, argc, argv);
  return millrace::load::run_idle(options);
}
