// SPDX-License-Identifier: Apache-2.0
//
// For tests: a listener on a loopback port with an intake played by the test, and devices that
// speak to it over real sockets. Waits end after kPatience with a failure; none is for time to
// pass.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>  // Asio 1.74 needs it before its own headers in C++20

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "lib/concurrency/mutex.h"
#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/server_words.h"
#include "lib/time/clock.h"
#include "mqtt-receiver/listener.h"

namespace millrace::mqtt_receiver {

inline constexpr std::chrono::seconds kPatience{30};

// Holds what is submitted until the test answers.
class FakeIntake final : public intake::Intake {
 public:
  using Done = std::function<void(const intake::Receipt&)>;

  void note(intake::OutsideRefusal) override {}
  void submit(intake::Upload upload, Done done) override {
    concurrency::MutexLock lock(mutex_);
    waiting_.emplace_back(std::move(upload), std::move(done));
    ++submitted_;
    changed_.notify_all();
  }
  bool drain(std::chrono::milliseconds /*deadline*/) override { return true; }

  // Waits until `count` uploads have been submitted since the start.
  bool wait_for(std::size_t count) {
    const auto until = clock_.instant() + kPatience;
    concurrency::MutexLock lock(mutex_);
    while (submitted_ < count) {
      if (clock_.instant() >= until) return false;
      changed_.wait_for(mutex_, std::chrono::seconds{1});
    }
    return true;
  }

  // Answers the oldest upload; waits for one. Returns its body.
  std::string answer(const intake::Receipt& receipt) {
    std::pair<intake::Upload, Done> next;
    {
      const auto until = clock_.instant() + kPatience;
      concurrency::MutexLock lock(mutex_);
      while (waiting_.empty()) {
        if (clock_.instant() >= until) return "nothing was submitted";
        changed_.wait_for(mutex_, std::chrono::seconds{1});
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next.second(receipt);
    return next.first.body;
  }
  std::string answer(intake::Receipt::Code code, std::int64_t token_id = 0) {
    return answer(intake::Receipt{.code = code, .reason_phrase = "", .token_id = token_id});
  }

  std::size_t waiting() const {
    concurrency::MutexLock lock(mutex_);
    return waiting_.size();
  }

 private:
  const time::SystemClock clock_{};
  mutable concurrency::Mutex mutex_;
  concurrency::CondVar changed_;
  std::deque<std::pair<intake::Upload, Done>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t submitted_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Lets everybody in without a question, until the test says otherwise.
class FakeCredentials final : public registry_client::CredentialDirectory {
 public:
  using Verdict = registry_client::Verdict;

  // Of the checks from now on. `stale`: so many of them are out of date when they are acted on.
  void answer(Verdict::Result result, registry_client::ShownCredentials shown = {}, int stale = 0) {
    concurrency::MutexLock lock(mutex_);
    verdict_ = {result, shown, "because", 0};
    stale_ = stale;
  }
  int checks() const {
    concurrency::MutexLock lock(mutex_);
    return checks_;
  }
  registry_client::ClientCredentials last() const {
    concurrency::MutexLock lock(mutex_);
    return last_;
  }

  void check(const registry_client::ClientCredentials& credentials,
             registry_client::ClientTransport /*transport*/,
             std::function<void(const Verdict&)> done) override {
    Verdict verdict;
    {
      concurrency::MutexLock lock(mutex_);
      ++checks_;
      last_ = credentials;
      verdict = verdict_;
      verdict.generation = stale_ > 0 ? 1 : 0;
      if (stale_ > 0) --stale_;
    }
    done(verdict);
  }
  bool is_current(const Verdict& verdict) const override { return verdict.generation == 0; }
  void keep_up() override {}

 private:
  mutable concurrency::Mutex mutex_;
  Verdict verdict_ ABSL_GUARDED_BY(mutex_){Verdict::Result::kAccepted, {}, "", 0};
  int stale_ ABSL_GUARDED_BY(mutex_) = 0;
  int checks_ ABSL_GUARDED_BY(mutex_) = 0;
  registry_client::ClientCredentials last_ ABSL_GUARDED_BY(mutex_);
};

// A client with a plain blocking socket.
class Device {
 public:
  explicit Device(std::uint16_t port) : socket_(context_) {
    boost::system::error_code error;
    socket_.connect({boost::asio::ip::address_v4::loopback(), port}, error);
    EXPECT_FALSE(error) << error.message();
  }

  // False when the other side has gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      boost::system::error_code error;
      const std::size_t sent = socket_.write_some(boost::asio::buffer(bytes), error);
      if (error) return false;
      bytes.remove_prefix(sent);
    }
    return true;
  }

  // The next packet in words (client_bytes::take_packet), or "closed".
  std::string next() {
    while (true) {
      std::string words = mqtt::client_bytes::take_packet(received_);
      if (!words.empty()) return words;
      char buffer[4096];
      if (!readable()) return "nothing came";
      boost::system::error_code error;
      const std::size_t count = socket_.read_some(boost::asio::buffer(buffer), error);
      if (error) return "closed";
      received_.append(buffer, count);
    }
  }

  // Connects as `client_id` and returns the answer.
  std::string connect(std::string_view client_id) {
    send(mqtt::client_bytes::connect({.client_id = client_id}));
    return next();
  }

  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  bool readable() {
    pollfd waited{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    return poll(&waited, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) == 1;
  }

  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  std::string received_;
};

class LoopbackTest : public ::testing::Test {
 protected:
  static ListenerOptions options() {
    ListenerOptions options;
    options.listens[0].listen = {.host = "127.0.0.1", .port = 0};
    options.io_threads = 2;
    return options;
  }

  void listen(const ListenerOptions& options = LoopbackTest::options()) {
    listener_ = std::make_unique<Listener>(options, platform_);
    const absl::Status started = listener_->start({intake_, credentials_});
    ASSERT_TRUE(started.ok()) << started;
  }

  Device device() { return Device(listener_->port()); }

  // Connections by how they began: millrace_mqtt_connects_total.
  double begun(const std::string& result) {
    return metrics_.counter("millrace_mqtt_connects_total", "", {{"result", result}}).value();
  }
  double closed(CloseReason reason) {
    return metrics_
        .counter("millrace_mqtt_closed_total", "", {{"reason", std::string(name(reason))}})
        .value();
  }
  double gauge(const std::string& name) { return metrics_.gauge(name, "").value(); }
  // Open connections, of all transports.
  double connections() {
    double sum = 0;
    for (const char* transport : {"tcp", "tls", "websocket", "secure-websocket"}) {
      sum += metrics_.gauge("millrace_mqtt_connections", "", {{"transport", transport}}).value();
    }
    return sum;
  }

  // Waits for what another thread is about to do.
  template <typename Condition>
  bool eventually(Condition condition) {
    const auto until = clock_.instant() + kPatience;
    while (!condition()) {
      if (clock_.instant() >= until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  time::SystemClock clock_;
  log::Logger log_{"mqtt-receiver-test", log::Level::kError};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  FakeIntake intake_;
  FakeCredentials credentials_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace millrace::mqtt_receiver
