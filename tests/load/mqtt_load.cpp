// SPDX-License-Identifier: Apache-2.0
//
// Devices that publish over MQTT 3.1.1 at QoS 1, as fast as acknowledgements allow: each connection
// keeps a window of publishes unacknowledged and sends the next when one is acknowledged. One
// thread. With --rate no faster than that. Prints one JSON line. Bounded: stops after --uploads
// acknowledgements or --max-seconds.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>  // Boost 1.74's asio uses std::exchange without including it
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio.hpp>
#include <fmt/format.h>

namespace {

using boost::asio::ip::tcp;
using Steady = std::chrono::steady_clock;

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 1883;
  std::string topics_file;  // one topic a line; connections take them in turn
  std::string payload = R"({"temperature":23.5,"humidity":48})";
  int connections = 50;
  int window = 20;
  std::int64_t uploads = 200'000;
  int max_seconds = 60;
  std::int64_t rate = 0;  // uploads a second, of all connections; 0: as fast as they can
};

// What all connections share.
struct Run {
  Options options;
  std::vector<std::string> topics;
  std::int64_t sent = 0;
  std::int64_t acknowledged = 0;
  std::vector<float> latencies_ms;
  Steady::time_point begin;
  Steady::time_point end;
  std::function<void(const std::string&)> fail;
  std::function<void()> finish;
};

void append_remaining_length(std::string& out, std::size_t length) {
  do {
    auto byte = static_cast<unsigned char>(length % 128);
    length /= 128;
    if (length > 0) byte = static_cast<unsigned char>(byte | 0x80U);
    out.push_back(static_cast<char>(byte));
  } while (length > 0);
}

void append_u16(std::string& out, std::size_t value) {
  out.push_back(static_cast<char>((value >> 8U) & 0xffU));
  out.push_back(static_cast<char>(value & 0xffU));
}

std::string connect_packet(const std::string& client_id) {
  std::string body("\x00\x04MQTT\x04\x02\x00\x00", 10);  // level 4, clean session, no keep alive
  append_u16(body, client_id.size());
  body += client_id;
  std::string packet("\x10");
  append_remaining_length(packet, body.size());
  return packet + body;
}

class Device : public std::enable_shared_from_this<Device> {
 public:
  Device(boost::asio::io_context& io, Run& run, int number)
      : socket_(io),
        run_(run),
        number_(number),
        sent_at_(static_cast<std::size_t>(run.options.window)) {}

  void start(const tcp::endpoint& where) {
    socket_.async_connect(where, [self = shared_from_this()](boost::system::error_code error) {
      if (error) return self->run_.fail("cannot connect: " + error.message());
      self->socket_.set_option(tcp::no_delay(true));
      self->out_ = connect_packet(fmt::format("load-{}-{}", ::getpid(), self->number_));
      self->write();
      self->read();
    });
  }

  void publish_window() {
    for (int i = 0; i < run_.options.window; ++i) publish_next(static_cast<std::size_t>(i));
    write();
  }

  // With a rate: of the slots that are free, at most so many; how many.
  std::int64_t publish_free(std::int64_t most) {
    std::int64_t count = 0;
    for (; count < most && !free_.empty(); ++count) {
      append_publish(free_.back());
      free_.pop_back();
    }
    write();
    return count;
  }

  bool connected() const { return connected_; }

 private:
  void publish_next(std::size_t slot) {
    if (run_.options.rate > 0) {
      free_.push_back(slot);
    } else {
      append_publish(slot);
    }
  }

  // The packet id is the window slot + 1: at most one publish of a slot is out.
  void append_publish(std::size_t slot) {
    if (run_.sent == run_.options.uploads) return;
    ++run_.sent;
    const auto topic_index = static_cast<std::size_t>(number_) % run_.topics.size();
    const std::string& topic = run_.topics[topic_index];
    out_.push_back('\x32');  // PUBLISH, QoS 1
    append_remaining_length(out_, 4 + topic.size() + run_.options.payload.size());
    append_u16(out_, topic.size());
    out_ += topic;
    append_u16(out_, slot + 1);
    out_ += run_.options.payload;
    sent_at_[slot] = Steady::now();
  }

  void write() {
    if (writing_ || out_.empty()) return;
    writing_ = true;
    writing_bytes_.swap(out_);
    out_.clear();
    boost::asio::async_write(
        socket_, boost::asio::buffer(writing_bytes_),
        [self = shared_from_this()](boost::system::error_code error, std::size_t) {
          self->writing_ = false;
          if (error) return self->run_.fail("cannot write: " + error.message());
          self->write();
        });
  }

  void read() {
    socket_.async_read_some(
        boost::asio::buffer(buffer_),
        [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
          if (error) return self->run_.fail("connection lost: " + error.message());
          self->in_.append(self->buffer_.data(), size);
          self->take_packets();
          self->write();
          self->read();
        });
  }

  // CONNACK and PUBACK are 4 bytes each; anything else here means that uploads are being refused.
  void take_packets() {
    std::size_t at = 0;
    for (; in_.size() - at >= 4; at += 4) {
      const auto type = static_cast<unsigned char>(in_[at]);
      if (type == 0x20 && in_[at + 3] == 0) {
        connected_ = true;
      } else if (type == 0x40) {
        const auto high = static_cast<unsigned char>(in_[at + 2]);
        const auto low = static_cast<unsigned char>(in_[at + 3]);
        acknowledged(static_cast<std::size_t>(high * 256 + low - 1));
      } else {
        return run_.fail(fmt::format("unexpected packet type {:#x}: is the upload refused?", type));
      }
    }
    in_.erase(0, at);
  }

  void acknowledged(std::size_t slot) {
    const auto now = Steady::now();
    const std::chrono::duration<float, std::milli> took = now - sent_at_.at(slot);
    run_.latencies_ms.push_back(took.count());
    if (++run_.acknowledged == run_.options.uploads) {
      run_.end = now;
      return run_.finish();
    }
    publish_next(slot);
  }

  tcp::socket socket_;
  Run& run_;
  const int number_;
  bool connected_ = false;
  bool writing_ = false;
  std::string out_;
  std::string writing_bytes_;
  std::string in_;
  std::array<char, 65536> buffer_{};
  std::vector<Steady::time_point> sent_at_;
  std::vector<std::size_t> free_;  // slots, with a rate
};

void publish_when_all_connected(boost::asio::steady_timer& timer, Run& run,
                                const std::vector<std::shared_ptr<Device>>& devices) {
  if (!std::all_of(devices.begin(), devices.end(),
                   [](const auto& device) { return device->connected(); })) {
    timer.expires_after(std::chrono::milliseconds(20));
    timer.async_wait(
        [&](boost::system::error_code) { publish_when_all_connected(timer, run, devices); });
    return;
  }
  run.begin = Steady::now();
  for (const auto& device : devices) device->publish_window();
}

// Every millisecond what is due by then, by turns.
void keep_rate(boost::asio::steady_timer& timer, Run& run,
               const std::vector<std::shared_ptr<Device>>& devices) {
  if (run.begin != Steady::time_point{}) {
    const double seconds = std::chrono::duration<double>(Steady::now() - run.begin).count();
    auto due =
        static_cast<std::int64_t>(static_cast<double>(run.options.rate) * seconds) - run.sent;
    const std::int64_t each = due / static_cast<std::int64_t>(devices.size()) + 1;
    for (const auto& device : devices)
      due -= device->publish_free(std::clamp<std::int64_t>(due, 0, each));
  }
  timer.expires_after(std::chrono::milliseconds(1));
  timer.async_wait([&](boost::system::error_code) { keep_rate(timer, run, devices); });
}

float quantile(std::vector<float>& values, double q) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

int run_load(Run& run) {
  boost::asio::io_context io(1);
  int status = 0;
  run.fail = [&](const std::string& why) {
    if (run.acknowledged == run.options.uploads) return;
    std::cerr << "mqtt_load: " << why << "\n";
    status = 1;
    io.stop();
  };
  run.finish = [&] { io.stop(); };
  run.latencies_ms.reserve(static_cast<std::size_t>(run.options.uploads));

  boost::asio::steady_timer deadline(io, std::chrono::seconds(run.options.max_seconds));
  deadline.async_wait([&](boost::system::error_code error) {
    if (!error)
      run.fail(fmt::format("only {} of {} acknowledged in {} s", run.acknowledged,
                           run.options.uploads, run.options.max_seconds));
  });
  const tcp::endpoint where(boost::asio::ip::make_address(run.options.host), run.options.port);
  std::vector<std::shared_ptr<Device>> devices;
  for (int i = 0; i < run.options.connections; ++i) {
    devices.push_back(std::make_shared<Device>(io, run, i));
    devices.back()->start(where);
  }
  boost::asio::steady_timer poll(io);
  publish_when_all_connected(poll, run, devices);
  boost::asio::steady_timer pace(io);
  if (run.options.rate > 0) keep_rate(pace, run, devices);
  io.run();
  if (status != 0) return status;

  const double seconds = std::chrono::duration<double>(run.end - run.begin).count();
  fmt::print(
      "{{\"program\":\"mqtt_load\",\"uploads\":{},\"seconds\":{:.3f},\"uploads_per_second\":{:.0f},"
      "\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"connections\":{},\"window\":{}}}\n",
      run.acknowledged, seconds, static_cast<double>(run.acknowledged) / seconds,
      quantile(run.latencies_ms, 0.5), quantile(run.latencies_ms, 0.99), run.options.connections,
      run.options.window);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Run run;
  CLI::App app("MQTT QoS 1 upload load; sends to this machine only");
  app.add_option("--port", run.options.port)->required();
  app.add_option("--topics-file", run.options.topics_file, "one topic a line")->required();
  app.add_option("--payload", run.options.payload);
  app.add_option("--connections", run.options.connections)->check(CLI::Range(1, 10'000));
  app.add_option("--window", run.options.window, "publishes unacknowledged per connection")
      ->check(CLI::Range(1, 60'000));
  app.add_option("--uploads", run.options.uploads)->check(CLI::Range(1, 50'000'000));
  app.add_option("--rate", run.options.rate, "uploads a second")->check(CLI::Range(1, 10'000'000));
  app.add_option("--max-seconds", run.options.max_seconds)->check(CLI::Range(1, 600));
  CLI11_PARSE(app, argc, argv);
  std::ifstream topics(run.options.topics_file);
  for (std::string line; std::getline(topics, line);) {
    if (!line.empty()) run.topics.push_back(line);
  }
  if (run.topics.empty()) {
    std::cerr << "mqtt_load: no topics in " << run.options.topics_file << "\n";
    return 2;
  }
  return run_load(run);
}
