// SPDX-License-Identifier: Apache-2.0
#include "load/load_run.h"

#include <algorithm>
#include <csignal>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "load/process_cpu.h"

namespace millrace::load {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{1};

std::chrono::nanoseconds of_seconds(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

double milliseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

}  // namespace

void add_load_options(CLI::App& app, LoadOptions& options) {
  app.add_option("--port", options.port, "of the server, on 127.0.0.1")->required();
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 10'000));
  app.add_option("--uploads", options.uploads, "stop after so many")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  app.add_option("--seconds", options.seconds, "or after this time of measuring")
      ->check(CLI::Range(0.1, 3600.0));
  app.add_option("--warm-up", options.warm_up_seconds, "seconds before that, not measured")
      ->check(CLI::Range(0.0, 600.0));
  app.add_option("--rate", options.rate,
                 "uploads a second of all connections, at fixed times (open loop); without it each "
                 "connection sends as fast as answers allow")
      ->check(CLI::Range(0.1, 10'000'000.0));
  app.add_option("--max-seconds", options.max_seconds, "fail when all is not over by then")
      ->check(CLI::Range(1.0, 7200.0));
  app.add_option("--drain-seconds", options.drain_seconds, "how long to wait for the last answers")
      ->check(CLI::Range(0.1, 600.0));
  app.add_flag("--reconnect", options.reconnect,
               "connect again when a connection breaks; what it leaves unanswered is given up");
  app.add_option("--pid", options.pids, "processes whose CPU time an upload is told");
}

std::string fault_of(const LoadOptions& options) {
  if (options.uploads == 0 && options.seconds == 0) {
    return "give --uploads or --seconds: a load must have an end";
  }
  const double least = options.warm_up_seconds + options.seconds;
  if (options.max_seconds <= least) {
    return fmt::format("--max-seconds is {}, but warm-up and measuring alone take {}",
                       options.max_seconds, least);
  }
  return "";
}

LoadRun::LoadRun(boost::asio::io_context& io, const LoadOptions& options, std::string program)
    : io_(io),
      options_(options),
      program_(std::move(program)),
      meter_({.uploads = options.uploads,
              .warm_up = of_seconds(options.warm_up_seconds),
              .measured = of_seconds(options.seconds)}),
      timer_(io),
      signals_(io, SIGTERM) {}

std::optional<Instant> LoadRun::next_start(int client, std::int64_t n, Instant now) {
  if (!meter_.begun()) return std::nullopt;
  Instant start = now;
  if (schedule_) {
    start = schedule_->due(client, n);
    if (start > now) return std::nullopt;
  }
  if (!meter_.start(start)) return std::nullopt;
  return start;
}

void LoadRun::lose(std::size_t uploads, const std::string& why) {
  if (done_) return;
  if (!options_.reconnect) return fail(why);
  lost_ += static_cast<std::int64_t>(uploads);
  ++reconnects_;
}

void LoadRun::fail(const std::string& why) {
  if (done_) return;
  std::cerr << program_ << ": " << why << "\n";
  status_ = 1;
  done_ = true;
  io_.stop();
}

int LoadRun::run(const std::vector<std::shared_ptr<LoadClient>>& clients) {
  clients_ = clients;
  give_up_at_ = Steady::now() + of_seconds(options_.max_seconds);
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (!error) meter_.close(Steady::now());
  });
  for (const auto& client : clients_) client->start();
  tick();
  io_.run();
  clients_.clear();
  return status_;
}

void LoadRun::tick() {
  const Instant now = Steady::now();
  if (now >= give_up_at_) {
    return fail(fmt::format("not over after {} s: {} uploads started, {} answered",
                            options_.max_seconds, meter_.started(), meter_.completed()));
  }
  if (meter_.begun()) {
    sample_cpu(now);
    send_what_is_due(now);
    end_when_answered(now);
  } else {
    begin_when_connected();
  }
  if (done_) return;
  timer_.expires_after(kTick);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) tick();
  });
}

void LoadRun::begin_when_connected() {
  const auto connected = [](const auto& client) { return client->connected(); };
  if (!std::all_of(clients_.begin(), clients_.end(), connected)) return;
  const Instant now = Steady::now();
  meter_.begin(now);
  if (options_.rate > 0) schedule_.emplace(now, options_.rate, options_.connections);
  sample_cpu(now);
  for (const auto& client : clients_) client->send(now);
}

// With a schedule each client is told once for each upload that has become due; what it has no room
// for then, it sends when something is answered.
void LoadRun::send_what_is_due(Instant now) {
  if (!schedule_) return;
  const auto clients = static_cast<std::int64_t>(clients_.size());
  // A tick that came late has at most one round: a client sends all it has when told once.
  std::int64_t told = 0;
  for (; schedule_->due(static_cast<int>(offered_ % clients), offered_ / clients) <= now;
       ++offered_) {
    if (told++ < clients) clients_[static_cast<std::size_t>(offered_ % clients)]->send(now);
  }
}

void LoadRun::end_when_answered(Instant now) {
  if (meter_.open(now)) return;
  if (!closed_at_) closed_at_ = now;
  std::size_t unanswered = 0;
  for (const auto& client : clients_) unanswered += client->unanswered();
  const bool late = now >= *closed_at_ + of_seconds(options_.drain_seconds);
  if (unanswered > 0 && !late) return;
  if (unanswered > 0 && !options_.reconnect) {
    return fail(
        fmt::format("{} uploads had no answer within {} s", unanswered, options_.drain_seconds));
  }
  unanswered_ = static_cast<std::int64_t>(unanswered);
  if (cpu_after_.empty()) use(cpu_after_);
  done_ = true;
  io_.stop();
}

void LoadRun::sample_cpu(Instant now) {
  if (cpu_before_.empty() && now >= meter_.measured_from()) use(cpu_before_);
  if (cpu_after_.empty() && now >= meter_.measured_to()) use(cpu_after_);
}

void LoadRun::use(std::vector<double>& cpu) {
  std::vector<int> pids = options_.pids;
  pids.push_back(::getpid());
  for (const int pid : pids) {
    const absl::StatusOr<double> seconds = cpu_seconds(pid);
    if (!seconds.ok()) return fail(std::string(seconds.status().message()));
    cpu.push_back(*seconds);
  }
}

void LoadRun::report(const std::string& more) const {
  std::string cpu;
  const double measured = std::max(static_cast<double>(meter_.measured()), 1.0);
  for (std::size_t i = 0; i < cpu_after_.size() && i < cpu_before_.size(); ++i) {
    const double microseconds = (cpu_after_[i] - cpu_before_[i]) * 1e6 / measured;
    cpu += fmt::format("{}{:.2f}", i == 0 ? "" : ",", microseconds);
  }
  const LatencyHistogram& latencies = meter_.latencies();
  fmt::print(
      "{{\"program\":\"{}\",\"uploads\":{},\"started\":{},\"refused\":{},\"lost\":{},"
      "\"unanswered\":{},\"reconnects\":{},\"seconds\":{:.3f},\"measured\":{},\"uploads_per_"
      "second\":{:.0f},"
      "\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"p999_ms\":{:.3f},\"max_ms\":{:.3f},"
      "\"longest_gap_ms\":{:.3f},\"connections\":{},\"rate\":{},\"cpu_us_per_upload\":[{}]{}}}\n",
      program_, meter_.completed(), meter_.started(), refused_, lost_, unanswered_, reconnects_,
      std::chrono::duration<double>(meter_.measured_time()).count(), meter_.measured(),
      meter_.per_second(), milliseconds(latencies.quantile(0.5)),
      milliseconds(latencies.quantile(0.99)), milliseconds(latencies.quantile(0.999)),
      milliseconds(latencies.max()), milliseconds(meter_.longest_gap()), options_.connections,
      options_.rate, cpu, more);
}

}  // namespace millrace::load
