// SPDX-License-Identifier: Apache-2.0
//
// One load from beginning to end, the same for every protocol: all clients connect; they send,
// each as fast as answers allow (closed loop) or at the times of a schedule (open loop); after the
// measured time, or at SIGTERM, they send no more and wait for what is unanswered; one JSON line
// tells. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without including it
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "load/load_meter.h"
#include "load/send_schedule.h"

namespace millrace::load {

struct LoadOptions {
  std::uint16_t port = 0;
  int connections = 50;
  std::int64_t uploads = 0;  // 0: until `seconds` are over
  double seconds = 0;        // measured, after the warm-up; 0: until `uploads` are answered
  double warm_up_seconds = 0;
  double rate = 0;  // uploads a second of all connections; 0: closed loop
  double max_seconds = 60;
  double drain_seconds = 20;
  bool reconnect = false;
  std::vector<int> pids;
};

void add_load_options(CLI::App& app, LoadOptions& options);
// What CLI11 does not check: options that only make sense together. Empty: nothing is wrong.
std::string fault_of(const LoadOptions& options);

// A connection that uploads.
class LoadClient {
 public:
  virtual ~LoadClient() = default;
  virtual void start() = 0;
  virtual bool connected() const = 0;
  // Sends what LoadRun::next_start() gives and there is room for.
  virtual void send(Instant now) = 0;
  virtual std::size_t unanswered() const = 0;
};

class LoadRun {
 public:
  // `io` and `options` outlive it. `program` is the name in messages and in the report.
  LoadRun(boost::asio::io_context& io, const LoadOptions& options, std::string program);
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;

  // The rest up to run() is for clients, from within run().

  // When the client's upload number `n` (from 0) counts as started, and counts it; nullopt: none
  // may start now. With a schedule that is a time in the past, or now.
  std::optional<Instant> next_start(int client, std::int64_t n, Instant now);
  void complete(Instant start, Instant now) { meter_.complete(start, now); }
  // An upload was answered, with a refusal.
  void refuse() { ++refused_; }
  // The connection broke; nobody knows what became of `uploads`. Fails unless options.reconnect.
  void lose(std::size_t uploads, const std::string& why);
  // Ends the run.
  void fail(const std::string& why);
  const LoadOptions& options() const { return options_; }

  // Returns when all is answered or something failed; the exit status. The clients outlive the
  // call.
  int run(const std::vector<std::shared_ptr<LoadClient>>& clients);
  // To stdout; `more` is put in front of the closing brace: ,"window":20
  void report(const std::string& more) const;

 private:
  void tick();
  void begin_when_connected();
  void send_what_is_due(Instant now);
  void end_when_answered(Instant now);
  void sample_cpu(Instant now);
  void use(std::vector<double>& cpu);

  boost::asio::io_context& io_;
  const LoadOptions& options_;
  const std::string program_;
  LoadMeter meter_;
  std::optional<SendSchedule> schedule_;
  std::vector<std::shared_ptr<LoadClient>> clients_;
  boost::asio::steady_timer timer_;
  boost::asio::signal_set signals_;
  Instant give_up_at_;
  std::int64_t offered_ = 0;  // of the schedule: uploads whose client was told
  std::int64_t refused_ = 0;
  std::int64_t lost_ = 0;
  std::int64_t unanswered_ = 0;  // at the end
  std::int64_t reconnects_ = 0;
  std::optional<Instant> closed_at_;  // no upload starts any more
  bool done_ = false;
  int status_ = 0;
  // CPU seconds of options.pids and, last, of this process; empty: not sampled yet.
  std::vector<double> cpu_before_;
  std::vector<double> cpu_after_;
};

}  // namespace millrace::load
