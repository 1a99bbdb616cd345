// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/acceptor.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace millrace::mqtt_receiver {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// After an accept that failed for want of descriptors or memory: trying at once would spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

}  // namespace

Acceptor::Acceptor(const char* setting, config::Listen listen, TransportOptions transport,
                   const AcceptorSurroundings& surroundings)
    : setting_(setting),
      listen_(std::move(listen)),
      transport_(std::move(transport)),
      surroundings_(surroundings),
      acceptor_(surroundings.workers.front()->context()),
      pause_(surroundings.workers.front()->context()) {}

absl::Status Acceptor::open() {
  error_code error;
  tcp::resolver resolver(surroundings_.workers.front()->context());
  const auto found =
      resolver.resolve(listen_.host, std::to_string(listen_.port), tcp::resolver::passive, error);
  if (error) return cannot_listen(error.message());
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return absl::OkStatus();
  error_code ignored;
  acceptor_.close(ignored);
  return cannot_listen(error.message());
}

absl::Status Acceptor::cannot_listen(const std::string& cause) const {
  return absl::UnavailableError(
      fmt::format("cannot listen on {}:{}: {}; free the port or choose another with setting {}",
                  listen_.host, listen_.port, cause, setting_));
}

void Acceptor::start() {
  asio::post(acceptor_.get_executor(), [this] { accept(); });
  surroundings_.platform.log.info("listening",
                                  {{"what", "mqtt"},
                                   {"transport", registry_client::name(transport_.transport)},
                                   {"port", port_}});
}

void Acceptor::stop() {
  asio::post(acceptor_.get_executor(), [this] {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
}

void Acceptor::accept() {
  if (!acceptor_.is_open()) return;
  IoWorker& worker = *surroundings_.workers[next_worker_];
  next_worker_ = (next_worker_ + 1) % surroundings_.workers.size();
  acceptor_.async_accept(worker.context(),
                         [this, &worker](const error_code& error, Connection::Socket socket) {
                           on_accepted(error, std::move(socket), worker);
                         });
}

void Acceptor::on_accepted(const error_code& error, Connection::Socket socket, IoWorker& worker) {
  if (!acceptor_.is_open()) return;
  log::Logger& log = surroundings_.platform.log;
  if (error && error != asio::error::connection_aborted) {
    log.warning_limited("cannot accept a connection", {{"error", error.message()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const error_code& cancelled) {
      if (!cancelled) accept();
    });
    return;
  }
  if (!error && surroundings_.count.try_enter()) {
    worker.adopt({.socket = std::move(socket), .transport = transport_});
  } else if (!error) {
    surroundings_.metrics.connects_over_limit.increment();
    error_code gone;
    log.warning_limited("refused a connection: max-connections are open",
                        {{"peer", socket.remote_endpoint(gone).address().to_string()},
                         {"max_connections", surroundings_.count.max()}});
  }
  accept();
}

}  // namespace millrace::mqtt_receiver
