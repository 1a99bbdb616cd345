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

}  // namespace

std::vector<std::shared_ptr<Connection>> Transport::Lane::open() const {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections.size());
  for (const auto& [key, one] : connections) all.push_back(one.connection);
  return all;
}

Transport::Transport(ServerOptions options, Dispatch dispatch, process::Platform& platform)
    : options_(std::move(options)),
      dispatch_(std::move(dispatch)),
      platform_(platform),
      metrics_(platform.metrics),
      address_limit_(options_.max_connections_per_address) {
  for (int i = 0; i < options_.threads; ++i) lanes_.push_back(std::make_unique<Lane>());
}

Transport::~Transport() {
  abort_all();
  join();
}

absl::Status Transport::start() {
  for (const Listener& listener : options_.listeners) {
    auto door = std::make_unique<Door>(listener, lanes_.front()->context);
    MILLRACE_RETURN_IF_ERROR(bind(*door));
    doors_.push_back(std::move(door));
  }
  for (auto& lane : lanes_) {
    lane->thread = std::jthread([context = &lane->context] { context->run(); });
  }
  asio::post(lanes_.front()->context, [this] {
    for (auto& door : doors_) accept(*door);
  });
  return absl::OkStatus();
}

// --- For connections -----------------------------------------------------------------------

void Transport::dispatch(ReceivedRequest received) {
  dispatch_(std::move(received));
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

void Transport::body_failed(const absl::Status& cause) {
  metrics_.answer_cut();
  platform_.log.warning_limited("answer cut short: its body could not be made to the end",
                                {{"error", error::message(cause)}});
}

void Transport::handshake_failed(const std::string& cause) {
  metrics_.handshake_failed();
  platform_.log.debug("TLS handshake failed", {{"error", cause}});
}

void Transport::proxy_header_failed(network::ProxyFault fault) {
  metrics_.unwelcome(Unwelcome::kProxyHeader);
  platform_.log.warning_limited(
      "connection refused: no PROXY protocol header, or one that cannot be read",
      {{"fault", network::name(fault)}});
}

// --- Accepting -------------------------------------------------------------------------------

absl::Status Transport::bind(Door& door) {
  const Listener& listener = door.listener;
  const auto cannot = [&listener](const boost::system::error_code& error) {
    return absl::UnavailableError(fmt::format("cannot listen for {} on {}:{}: {}",
                                              listener.certificate == nullptr ? "HTTP" : "HTTPS",
                                              listener.host, listener.port, error.message()));
  };
  boost::system::error_code error;
  asio::ip::basic_resolver<tcp, asio::io_context::executor_type> resolver(lanes_.front()->context);
  const auto found = resolver.resolve(listener.host, std::to_string(listener.port),
                                      asio::ip::resolver_base::passive, error);
  if (error) return cannot(error);
  const tcp::endpoint endpoint = *found.begin();
  door.acceptor.open(endpoint.protocol(), error);
  if (!error) door.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) door.acceptor.bind(endpoint, error);
  if (!error) door.acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot(error);
  ports_.push_back(door.acceptor.local_endpoint().port());
  return absl::OkStatus();
}

void Transport::accept(Door& door) {
  Lane& lane = *lanes_[next_lane_++ % lanes_.size()];
  door.acceptor.async_accept(
      lane.context, door.peer,
      [this, &door, &lane](const boost::system::error_code& error, Socket socket) {
        on_accept(error, door, std::move(socket), lane);
      });
}

void Transport::on_accept(const boost::system::error_code& error, Door& door, Socket socket,
                          Lane& lane) {
  if (!door.acceptor.is_open()) return;
  if (error) {
    platform_.log.warning_limited("cannot accept a connection; trying again",
                                  {{"error", error.message()}});
    door.pause.expires_after(kAcceptPause);
    door.pause.async_wait([this, &door](const boost::system::error_code& stopped) {
      if (!stopped) accept(door);
    });
    return;
  }
  const asio::ip::address peer = door.peer.address();
  // First, so that who takes more than his share is told apart from a server that is full. Behind a
  // balancer the header says whose share it is.
  const bool proxied = door.listener.proxy_protocol;
  std::optional<network::AddressLimit::Place> place = proxied ? std::nullopt : take_place(peer);
  if ((proxied || place.has_value()) && enter(peer, door.listener.certificate != nullptr)) {
    asio::post(lane.context, [this, &lane, &door, peer, socket = std::move(socket),
                              place = std::move(place)]() mutable {
      adopt(lane, door, std::move(socket), peer, std::move(place));
    });
  }
  accept(door);
}

bool Transport::enter(const asio::ip::address& peer, bool tls) {
  {
    concurrency::MutexLock lock(mutex_);
    if (connections_ < options_.max_connections) {
      ++connections_;
      metrics_.opened(tls);
      return true;
    }
  }
  turn_away(Unwelcome::kMaxConnections, peer);
  return false;
}

std::optional<network::AddressLimit::Place> Transport::take_place(const asio::ip::address& peer) {
  std::optional<network::AddressLimit::Place> place = address_limit_.take(peer);
  if (!place.has_value()) turn_away(Unwelcome::kMaxConnectionsPerAddress, peer);
  return place;
}

void Transport::turn_away(Unwelcome reason, const asio::ip::address& peer) {
  metrics_.unwelcome(reason);
  if (reason == Unwelcome::kMaxConnections) {
    platform_.log.warning_limited(
        "connection refused: max-connections are open",
        {{"connections", options_.max_connections}, {"peer", peer.to_string()}});
  } else {
    platform_.log.warning_limited(
        "connection refused: max-connections-per-address are open",
        {{"connections", options_.max_connections_per_address}, {"peer", peer.to_string()}});
  }
}

void Transport::adopt(Lane& lane, const Door& door, Socket socket, const asio::ip::address& peer,
                      std::optional<network::AddressLimit::Place> place) {
  Connection::Events events;
  events.closed = [this, &lane](const Connection& closed) { forget(lane, closed); };
  if (door.listener.proxy_protocol) {
    events.identify = [this, &lane, peer](const Connection& connection,
                                          const std::optional<tcp::endpoint>& source) {
      auto of_source = take_place(source.has_value() ? source->address() : peer);
      const bool has_room = of_source.has_value();
      if (has_room) lane.connections.at(&connection).place.emplace(*std::move(of_source));
      return has_room;
    };
  }
  const auto connection = connect(door, std::move(socket), std::move(events));
  lane.connections.emplace(connection.get(), OpenConnection{connection, std::move(place),
                                                            door.listener.certificate != nullptr});
  connection->start();
  if (lane.draining) connection->close_when_idle();
}

std::shared_ptr<Connection> Transport::connect(const Door& door, Socket socket,
                                               Connection::Events events) {
  ConnectionHost& host = *this;
  const auto& certificate = door.listener.certificate;
  if (certificate == nullptr) return make_connection(std::move(socket), host, std::move(events));
  return make_tls_connection(std::move(socket), *certificate->current()->context, host,
                             std::move(events));
}

void Transport::forget(Lane& lane, const Connection& connection) {
  const auto found = lane.connections.find(&connection);
  metrics_.closed(found->second.tls);
  lane.connections.erase(found);
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
  if (doors_.empty()) return;
  asio::post(lanes_.front()->context, [this] {
    boost::system::error_code ignored;
    for (auto& door : doors_) {
      door->acceptor.close(ignored);
      door->pause.cancel();
    }
    // Only now, so that no connection is accepted after its lane was told.
    for (auto& lane : lanes_) {
      asio::post(lane->context, [lane = lane.get()] {
        lane->draining = true;
        for (const auto& connection : lane->open()) connection->close_when_idle();
      });
    }
  });
}

void Transport::abort_all() {
  if (doors_.empty()) return;
  begin_drain();
  for (auto& lane : lanes_) {
    asio::post(lane->context, [lane = lane.get()] {
      for (const auto& connection : lane->open()) connection->abort();
    });
  }
  wait_until_empty(kAbortGrace);
}

bool Transport::wait_until_empty(std::chrono::milliseconds deadline) {
  const auto end = platform_.clock.instant() + deadline;
  concurrency::MutexLock lock(mutex_);
  while (connections_ != 0) {
    const auto left = end - platform_.clock.instant();
    if (left <= time::Instant::duration::zero()) return false;
    empty_.wait_for(mutex_, left);
  }
  return true;
}

void Transport::join() {
  for (auto& lane : lanes_) {
    lane->context.stop();
    if (lane->thread.joinable()) lane->thread.join();
  }
  doors_.clear();
}

}  // namespace millrace::http
