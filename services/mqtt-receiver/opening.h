// SPDX-License-Identifier: Apache-2.0
//
// From an accepted socket to a stream that carries MQTT: the header of a balancer, a place among
// the connections of the address, the TLS handshake, the upgrade to WebSocket, as far as the
// listener asks for them. It lives no longer than that, so that an idle connection pays for none.
//
// What it holds of the peer's bytes is bounded by the largest header of a balancer (4 KiB) and head
// of an upgrade (8 KiB). How long all of it may take is the connection's matter: connect-timeout
// runs from the accept to the end of CONNECT.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/network/address_limit.h"
#include "lib/network/proxy_protocol.h"
#include "lib/registry_client/client_authentication.h"
#include "lib/tls/server_certificate.h"
#include "mqtt-receiver/byte_stream.h"

namespace millrace::mqtt_receiver {

// Why no stream came of it.
enum class OpeningFault {
  kPeerClosed,
  kTimedOut,
  kProxyHeaderMissing,
  kProxyHeaderMalformed,
  kOverAddressLimit,
  kMemoryExhausted,  // max-buffered-size
  kTlsNotTls,
  kTlsNoAgreement,
  kTlsCertificateMissing,
  kTlsCertificateRefused,
  kTlsRefusedByPeer,
  kTlsOther,
  kWebSocketRefused,
};
inline constexpr std::size_t kOpeningFaultCount =
    static_cast<std::size_t>(OpeningFault::kWebSocketRefused) + 1;

// snake_case, for labels and logs.
std::string_view name(OpeningFault fault);

// How the connections of a listener begin. It outlives them.
struct TransportOptions {
  registry_client::ClientTransport transport = registry_client::ClientTransport::kTcp;
  bool proxy_header = false;                                      // required
  std::shared_ptr<tls::ServerCertificate> certificate = nullptr;  // with TLS
};

bool has_tls(registry_client::ClientTransport transport);
bool has_websocket(registry_client::ClientTransport transport);

// Who is at the other end.
struct OpenedPeer {
  boost::asio::ip::tcp::endpoint address;  // the device's own, behind a balancer too
  std::optional<network::AddressLimit::Place> place = std::nullopt;
  // What it has shown in the TLS handshake and we have verified.
  std::unique_ptr<const registry_client::ClientCertificate> certificate = nullptr;
};

// What the connections of a thread share while they open. `buffer` and `scratch` are used within a
// call only, the latter by WebSocket streams too.
struct OpeningSurroundings {
  network::AddressLimit& addresses;
  std::vector<char>& buffer;
  std::string& scratch;
};

class Opening {
 public:
  enum class Status { kOpen, kWantRead, kWantWrite, kFailed };

  // All must outlive it, and `socket` the stream that it makes. The socket must not block.
  Opening(const TransportOptions& options, boost::asio::ip::tcp::socket& socket,
          const OpeningSurroundings& surroundings);

  // Goes as far as the socket allows. After kOpen and kFailed there is nothing more to do.
  Status advance();

  // After kOpen; after kFailed, what had been made for saying goodbye, or nullptr.
  std::unique_ptr<ByteStream> take_stream() { return std::move(stream_); }
  // The address is the best known at any time.
  OpenedPeer& peer() { return peer_; }
  // After kFailed.
  OpeningFault fault() const { return fault_; }
  std::string_view fault_detail() const { return fault_detail_; }

 private:
  enum class Step { kProxyHeader, kAddress, kTls, kUpgradeRequest, kUpgradeAnswer, kOpen };

  Status take_step();
  Status read_proxy_header();
  Status take_place();
  Status shake_hands();
  Status read_upgrade();
  Status send_upgrade();
  Status fail(OpeningFault fault, std::string_view detail = {});
  Status wait_for(StreamStatus status);

  const TransportOptions& options_;
  boost::asio::ip::tcp::socket& socket_;
  const OpeningSurroundings surroundings_;
  Step step_ = Step::kProxyHeader;
  OpenedPeer peer_;
  std::unique_ptr<tls::ServerSession> tls_;
  std::unique_ptr<ByteStream> stream_;
  std::string received_;  // of the balancer's header, then of the upgrade request
  std::string response_;  // to the upgrade request, what is left to send of it
  std::string refusal_;   // of the upgrade request
  OpeningFault fault_ = OpeningFault::kPeerClosed;
  std::string fault_detail_;
};

}  // namespace millrace::mqtt_receiver
