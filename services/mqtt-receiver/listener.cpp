// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/listener.h"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

namespace millrace::mqtt_receiver {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// After an accept that failed for want of descriptors or memory: trying at once would spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

// Descriptors the process needs besides connections: NATS, admin port, logs, event queues.
constexpr rlim_t kOtherDescriptors = 128;

absl::Status cannot_listen(const config::Listen& listen, const std::string& cause) {
  return absl::UnavailableError(fmt::format(
      "cannot listen on {}:{}: {}; free the port or choose another with setting mqtt-listen",
      listen.host, listen.port, cause));
}

// Raises the soft limit as far as the hard one allows. Returns the descriptors available.
rlim_t raise_descriptor_limit(rlim_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < wanted) {
    rlimit raised = limit;
    raised.rlim_cur = std::min(wanted, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

std::vector<std::unique_ptr<IoWorker>> make_workers(const WorkerSurroundings& surroundings,
                                                    std::size_t count) {
  std::vector<std::unique_ptr<IoWorker>> workers;
  for (std::size_t i = 0; i < count; ++i) {
    workers.push_back(std::make_unique<IoWorker>(surroundings));
  }
  return workers;
}

}  // namespace

Listener::Listener(const ListenerOptions& options, process::Platform& platform)
    : options_(options),
      platform_(platform),
      metrics_(platform.metrics),
      budget_(std::make_shared<ByteBudget>(options.max_buffered_bytes, options.max_connections)),
      count_(options.max_connections),
      workers_(make_workers({.limits = options_.connection,
                             .platform = platform_,
                             .metrics = metrics_,
                             .clients = clients_,
                             .budget = *budget_,
                             .count = count_},
                            options.io_threads)),
      acceptor_(workers_.front()->context()),
      pause_(workers_.front()->context()) {
  platform_.metrics.on_scrape([gauge = metrics_.buffered_bytes, budget = budget_] {
    gauge.set(static_cast<double>(budget->used_bytes()));
  });
}

Listener::~Listener() {
  stop(std::chrono::milliseconds{0});
}

absl::Status Listener::start(intake::Intake& intake) {
  const rlim_t wanted = options_.max_connections + kOtherDescriptors;
  const rlim_t available = raise_descriptor_limit(wanted);
  if (available < wanted) {
    platform_.log.warning("too few file descriptors for max-connections: raise ulimit -n",
                          {{"wanted", wanted}, {"available", available}});
  }
  if (absl::Status opened = open_acceptor(); !opened.ok()) return opened;
  uploads_.emplace(intake);
  for (const auto& worker : workers_) worker->start(*uploads_);
  started_ = true;
  asio::post(workers_.front()->context(), [this] { accept(); });
  platform_.log.info("listening", {{"what", "mqtt"}, {"port", port_}});
  return absl::OkStatus();
}

absl::Status Listener::open_acceptor() {
  const config::Listen& listen = options_.listen;
  error_code error;
  tcp::resolver resolver(workers_.front()->context());
  const auto found =
      resolver.resolve(listen.host, std::to_string(listen.port), tcp::resolver::passive, error);
  if (error) return cannot_listen(listen, error.message());
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return absl::OkStatus();
  error_code ignored;
  acceptor_.close(ignored);
  return cannot_listen(listen, error.message());
}

void Listener::accept() {
  if (!acceptor_.is_open()) return;
  IoWorker& worker = *workers_[next_worker_];
  next_worker_ = (next_worker_ + 1) % workers_.size();
  acceptor_.async_accept(worker.context(),
                         [this, &worker](const error_code& error, Connection::Socket socket) {
                           on_accepted(error, std::move(socket), worker);
                         });
}

void Listener::on_accepted(const error_code& error, Connection::Socket socket, IoWorker& worker) {
  if (!acceptor_.is_open()) return;
  if (error && error != asio::error::connection_aborted) {
    platform_.log.warning_limited("cannot accept a connection", {{"error", error.message()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const error_code& cancelled) {
      if (!cancelled) accept();
    });
    return;
  }
  if (!error && count_.try_enter()) {
    worker.adopt(std::move(socket));
  } else if (!error) {
    metrics_.connects_over_limit.increment();
    platform_.log.warning_limited("refused a connection: max-connections are open",
                                  {{"max_connections", options_.max_connections}});
  }
  accept();
}

void Listener::revoke(std::int64_t token_id) {
  for (const auto& worker : workers_) worker->mailbox().put_revoked_token(token_id);
}

std::size_t Listener::stop(std::chrono::milliseconds deadline) {
  if (!started_) return 0;
  started_ = false;
  asio::post(workers_.front()->context(), [this] {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
  for (const auto& worker : workers_) worker->begin_stop();
  count_.wait_for_none(platform_.clock, deadline);
  const std::size_t abandoned = count_.open();
  for (const auto& worker : workers_) worker->join();
  return abandoned;
}

}  // namespace millrace::mqtt_receiver
