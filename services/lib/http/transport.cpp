// SPDX-License-Identifier: Apache-2.0
#include "lib/http/transport.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Out of file descriptors, for example: trying again at once would only burn a core.
constexpr std::chrono::milliseconds kAcceptPause{100};
// For the handlers of aborted connections to run.
constexpr std::chrono::milliseconds kAbortGrace{1'000};

// Made once, and for a bounded set of codes.
std::map<int, metrics::Counter> response_counters(metrics::Registry& registry) {
  std::map<int, metrics::Counter> counters;
  for (const int status : {0,   200, 204, 301, 302, 304, 400, 401, 403, 404, 405, 408,
                           409, 413, 415, 417, 429, 431, 500, 501, 502, 503, 504}) {
    const std::string code = status == 0 ? "other" : std::to_string(status);
    counters.emplace(
        status, registry.counter("millrace_http_responses_total",
                                 "Answers to HTTP requests by status code.", {{"code", code}}));
  }
  return counters;
}

}  // namespace

Transport::Transport(ServerOptions options, Dispatch dispatch, process::Platform& platform)
    : options_(std::move(options)),
      dispatch_(std::move(dispatch)),
      platform_(platform),
      open_connections_(
          platform.metrics.gauge("millrace_http_connections", "Open connections of devices.")),
      refused_connections_(platform.metrics.counter(
          "millrace_http_refused_connections_total",
          "Connections closed at once because max-connections were open.")),
      cut_answers_(
          platform.metrics.counter("millrace_http_cut_answers_total",
                                   "Streamed answers cut short because their source failed.")),
      failed_handshakes_(
          platform.metrics.counter("millrace_http_failed_handshakes_total",
                                   "Connections that came to no TLS session: other protocols, "
                                   "time-outs, clients that do not trust the certificate.")),
      responses_(response_counters(platform.metrics)) {
  for (int i = 0; i < options_.threads; ++i) lanes_.push_back(std::make_unique<Lane>());
}

Transport::~Transport() {
  abort_all();
  join();
}

absl::Status Transport::start() {
  if (absl::Status status = bind(); !status.ok()) return status;
  for (auto& lane : lanes_) {
    lane->thread = std::jthread([context = &lane->context] { context->run(); });
  }
  asio::post(lanes_.front()->context, [this] { accept(); });
  return absl::OkStatus();
}

// --- For connections -----------------------------------------------------------------------

bool Transport::dispatch(RawRequest request) {
  return dispatch_(std::move(request));
}

// An equal share is never refused: a few connections that keep large bodies unfinished must not
// shut out everybody. So all together may reach twice the bound.
bool Transport::reserve(std::size_t total, std::size_t more) {
  const std::size_t all = receiving_bytes_.fetch_add(more) + more;
  const std::size_t share = options_.max_receiving_bytes / options_.max_connections;
  if (all <= options_.max_receiving_bytes || total <= share) return true;
  receiving_bytes_.fetch_sub(more);
  return false;
}

void Transport::release(std::size_t bytes) {
  receiving_bytes_.fetch_sub(bytes);
}

void Transport::count_response(int status) {
  const auto known = responses_.find(status);
  (known == responses_.end() ? responses_.at(0) : known->second).increment();
}

void Transport::body_failed(const absl::Status& cause) {
  cut_answers_.increment();
  platform_.log.warning_limited("answer cut short: its body could not be made to the end",
                                {{"error", error::message(cause)}});
}

void Transport::handshake_failed(const std::string& cause) {
  failed_handshakes_.increment();
  platform_.log.debug("TLS handshake failed", {{"error", cause}});
}

// --- Accepting -------------------------------------------------------------------------------

absl::Status Transport::bind() {
  const auto cannot = [this](const boost::system::error_code& error) {
    return absl::UnavailableError(fmt::format("cannot listen for HTTP on {}:{}: {}", options_.host,
                                              options_.port, error.message()));
  };
  asio::io_context& context = lanes_.front()->context;
  boost::system::error_code error;
  asio::ip::basic_resolver<tcp, asio::io_context::executor_type> resolver(context);
  const auto found = resolver.resolve(options_.host, std::to_string(options_.port),
                                      asio::ip::resolver_base::passive, error);
  if (error) return cannot(error);
  const tcp::endpoint endpoint = *found.begin();
  auto acceptor = std::make_unique<Acceptor>(context);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot(error);
  port_ = acceptor->local_endpoint().port();
  acceptor_ = std::move(acceptor);
  accept_pause_ = std::make_unique<Timer>(context);
  return absl::OkStatus();
}

void Transport::accept() {
  Lane& lane = *lanes_[next_lane_++ % lanes_.size()];
  acceptor_->async_accept(lane.context,
                          [this, &lane](const boost::system::error_code& error, Socket socket) {
                            on_accept(error, std::move(socket), lane);
                          });
}

void Transport::on_accept(const boost::system::error_code& error, Socket socket, Lane& lane) {
  if (!acceptor_->is_open()) return;
  if (error) {
    platform_.log.warning_limited("cannot accept a connection; trying again",
                                  {{"error", error.message()}});
    accept_pause_->expires_after(kAcceptPause);
    accept_pause_->async_wait([this](const boost::system::error_code& stopped) {
      if (!stopped) accept();
    });
    return;
  }
  bool full = false;
  {
    concurrency::MutexLock lock(mutex_);
    full = connections_ == options_.max_connections;
    if (!full) ++connections_;
  }
  if (full) {
    refused_connections_.increment();
    platform_.log.warning_limited("connection refused: max-connections are open",
                                  {{"connections", options_.max_connections}});
  } else {
    open_connections_.add(1);
    asio::post(lane.context, [this, &lane, socket = std::move(socket)]() mutable {
      adopt(lane, std::move(socket));
    });
  }
  accept();
}

void Transport::adopt(Lane& lane, Socket socket) {
  const auto connection =
      connect(std::move(socket), [this, &lane](const Connection& closed) { forget(lane, closed); });
  lane.connections.emplace(connection.get(), connection);
  connection->start();
  if (lane.draining) connection->close_when_idle();
}

std::shared_ptr<Connection> Transport::connect(Socket socket, Connection::Closed on_closed) {
  ConnectionHost& host = *this;
  if (options_.certificate == nullptr) {
    return make_connection(std::move(socket), host, std::move(on_closed));
  }
  return make_tls_connection(std::move(socket), *options_.certificate->current()->context, host,
                             std::move(on_closed));
}

void Transport::forget(Lane& lane, const Connection& connection) {
  lane.connections.erase(&connection);
  open_connections_.add(-1);
  concurrency::MutexLock lock(mutex_);
  if (--connections_ == 0) empty_.notify_all();
}

// --- Stopping --------------------------------------------------------------------------------

bool Transport::drain(std::chrono::milliseconds deadline) {
  begin_drain();
  const bool finished = wait_until_empty(deadline);
  abort_all();
  join();
  return finished;
}

void Transport::begin_drain() {
  if (acceptor_ == nullptr) return;
  asio::post(lanes_.front()->context, [this] {
    boost::system::error_code ignored;
    acceptor_->close(ignored);
    accept_pause_->cancel();
    // Only now, so that no connection is accepted after its lane was told.
    for (auto& lane : lanes_) {
      asio::post(lane->context, [lane = lane.get()] {
        lane->draining = true;
        const auto connections = lane->connections;  // closing takes them out of the map
        for (const auto& [key, connection] : connections) connection->close_when_idle();
      });
    }
  });
}

void Transport::abort_all() {
  if (acceptor_ == nullptr) return;
  begin_drain();
  for (auto& lane : lanes_) {
    asio::post(lane->context, [lane = lane.get()] {
      const auto connections = lane->connections;
      for (const auto& [key, connection] : connections) connection->abort();
    });
  }
  wait_until_empty(kAbortGrace);
}

bool Transport::wait_until_empty(std::chrono::milliseconds deadline) {
  const auto end = platform_.clock.instant() + deadline;
  concurrency::MutexLock lock(mutex_);
  while (connections_ != 0) {
    const auto left = end - platform_.clock.instant();
    if (left <= left.zero()) return false;
    empty_.wait_for(mutex_, left);
  }
  return true;
}

void Transport::join() {
  for (auto& lane : lanes_) {
    lane->context.stop();
    if (lane->thread.joinable()) lane->thread.join();
  }
  acceptor_ = nullptr;
}

}  // namespace millrace::http
