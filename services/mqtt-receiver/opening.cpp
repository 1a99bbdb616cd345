// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/opening.h"

#include <algorithm>

#include "mqtt-receiver/websocket_stream.h"
#include "mqtt-receiver/websocket_upgrade.h"

namespace millrace::mqtt_receiver {

namespace {

using boost::asio::ip::tcp;
using registry_client::ClientTransport;

OpeningFault opening_fault(tls::HandshakeFault fault) {
  switch (fault) {
    case tls::HandshakeFault::kNotTls:
      return OpeningFault::kTlsNotTls;
    case tls::HandshakeFault::kNoAgreement:
      return OpeningFault::kTlsNoAgreement;
    case tls::HandshakeFault::kCertificateMissing:
      return OpeningFault::kTlsCertificateMissing;
    case tls::HandshakeFault::kCertificateRefused:
      return OpeningFault::kTlsCertificateRefused;
    case tls::HandshakeFault::kRefusedByPeer:
      return OpeningFault::kTlsRefusedByPeer;
    case tls::HandshakeFault::kNone:
    case tls::HandshakeFault::kOther:
      break;
  }
  return OpeningFault::kTlsOther;
}

}  // namespace

std::string_view name(OpeningFault fault) {
  switch (fault) {
    case OpeningFault::kPeerClosed:
      return "peer_closed";
    case OpeningFault::kTimedOut:
      return "timed_out";
    case OpeningFault::kProxyHeaderMissing:
      return "proxy_header_missing";
    case OpeningFault::kProxyHeaderMalformed:
      return "proxy_header_malformed";
    case OpeningFault::kOverAddressLimit:
      return "over_address_limit";
    case OpeningFault::kMemoryExhausted:
      return "memory_exhausted";
    case OpeningFault::kTlsNotTls:
      return "tls_not_tls";
    case OpeningFault::kTlsNoAgreement:
      return "tls_no_agreement";
    case OpeningFault::kTlsCertificateMissing:
      return "tls_certificate_missing";
    case OpeningFault::kTlsCertificateRefused:
      return "tls_certificate_refused";
    case OpeningFault::kTlsRefusedByPeer:
      return "tls_refused_by_peer";
    case OpeningFault::kTlsOther:
      return "tls_other";
    case OpeningFault::kWebSocketRefused:
      return "websocket_refused";
  }
  return "unknown";
}

bool has_tls(ClientTransport transport) {
  return transport == ClientTransport::kTls || transport == ClientTransport::kSecureWebSocket;
}

bool has_websocket(ClientTransport transport) {
  return transport == ClientTransport::kWebSocket || transport == ClientTransport::kSecureWebSocket;
}

Opening::Opening(const TransportOptions& options, tcp::socket& socket,
                 const OpeningSurroundings& surroundings)
    : options_(options),
      socket_(socket),
      surroundings_(surroundings),
      step_(options.proxy_header ? Step::kProxyHeader : Step::kAddress) {
  boost::system::error_code gone;  // reading will say so
  peer_.address = socket.remote_endpoint(gone);
}

Opening::Status Opening::advance() {
  while (step_ != Step::kOpen) {
    const Status status = take_step();
    if (status != Status::kOpen) return status;
  }
  return Status::kOpen;
}

// kOpen: the step is done.
Opening::Status Opening::take_step() {
  switch (step_) {
    case Step::kProxyHeader:
      return read_proxy_header();
    case Step::kAddress:
      return take_place();
    case Step::kTls:
      return shake_hands();
    case Step::kUpgradeRequest:
      return read_upgrade();
    case Step::kUpgradeAnswer:
      return send_upgrade();
    case Step::kOpen:
      break;
  }
  return Status::kOpen;
}

// Not a byte more than the header may be taken from the socket: OpenSSL reads the rest from there.
// So the bytes are looked at first, and then as many are read as belong to it.
Opening::Status Opening::read_proxy_header() {
  boost::system::error_code error;
  const auto buffer =
      boost::asio::buffer(surroundings_.buffer.data(),
                          std::min(surroundings_.buffer.size(), network::kMaxProxyHeaderBytes));
  const std::size_t seen = socket_.receive(buffer, tcp::socket::message_peek, error);
  if (error == boost::asio::error::would_block) return Status::kWantRead;
  if (error || seen == 0) return fail(OpeningFault::kPeerClosed);
  const std::size_t before = received_.size();
  received_.append(surroundings_.buffer.data(), seen);
  const network::ProxyParse parsed = network::parse_proxy_header(received_);
  if (const auto* fault = std::get_if<network::ProxyFault>(&parsed)) {
    const bool missing = *fault == network::ProxyFault::kMissing;
    return fail(missing ? OpeningFault::kProxyHeaderMissing : OpeningFault::kProxyHeaderMalformed,
                network::name(*fault));
  }
  const auto* header = std::get_if<network::ProxyHeader>(&parsed);
  const std::size_t taken = header != nullptr ? header->bytes - before : seen;
  socket_.receive(boost::asio::buffer(surroundings_.buffer.data(), taken), 0, error);
  if (error) return fail(OpeningFault::kPeerClosed);
  if (header == nullptr) return Status::kWantRead;
  if (header->source) peer_.address = *header->source;
  received_.clear();
  step_ = Step::kAddress;
  return Status::kOpen;
}

Opening::Status Opening::take_place() {
  std::optional<network::AddressLimit::Place> place =
      surroundings_.addresses.take(peer_.address.address());
  if (!place) return fail(OpeningFault::kOverAddressLimit);
  peer_.place.emplace(*std::move(place));
  if (has_tls(options_.transport)) {
    tls_ = std::make_unique<tls::ServerSession>(*options_.certificate->current()->context,
                                                socket_.native_handle());
    step_ = Step::kTls;
    return Status::kOpen;
  }
  stream_ = std::make_unique<PlainStream>(socket_);
  step_ = has_websocket(options_.transport) ? Step::kUpgradeRequest : Step::kOpen;
  return Status::kOpen;
}

Opening::Status Opening::shake_hands() {
  using Handshake = tls::ServerSession::Status;
  switch (tls_->handshake().status) {
    case Handshake::kDone:
      break;
    case Handshake::kWantRead:
      return Status::kWantRead;
    case Handshake::kWantWrite:
      return Status::kWantWrite;
    case Handshake::kClosed:
      return fail(OpeningFault::kPeerClosed);
    case Handshake::kFailed:
      return fail(opening_fault(tls_->fault()), tls_->error());
  }
  if (auto certificate = tls_->peer_certificate()) {
    peer_.certificate = std::make_unique<const registry_client::ClientCertificate>(
        registry_client::ClientCertificate{std::move(certificate->issuer),
                                           std::move(certificate->serial_number)});
  }
  stream_ = std::make_unique<TlsStream>(std::move(tls_));
  step_ = has_websocket(options_.transport) ? Step::kUpgradeRequest : Step::kOpen;
  return Status::kOpen;
}

Opening::Status Opening::read_upgrade() {
  while (true) {
    std::vector<char>& buffer = surroundings_.buffer;
    const StreamResult read =
        stream_->read(buffer.data(), std::min(buffer.size(), kMaxUpgradeHeadBytes));
    if (read.status != StreamStatus::kDone) return wait_for(read.status);
    received_.append(buffer.data(), read.bytes);
    std::optional<UpgradeAnswer> answer = answer_upgrade(received_);
    if (!answer) continue;
    response_ = std::move(answer->response);
    refusal_ = std::move(answer->refusal);
    received_.erase(0, answer->head_bytes);
    step_ = Step::kUpgradeAnswer;
    return Status::kOpen;
  }
}

Opening::Status Opening::send_upgrade() {
  while (!response_.empty()) {
    const StreamResult written = stream_->write(response_);
    if (written.status != StreamStatus::kDone) return wait_for(written.status);
    response_.erase(0, written.bytes);
  }
  if (!refusal_.empty()) return fail(OpeningFault::kWebSocketRefused, refusal_);
  stream_ = std::make_unique<WebSocketStream>(std::move(stream_), std::move(received_),
                                              surroundings_.scratch);
  step_ = Step::kOpen;
  return Status::kOpen;
}

Opening::Status Opening::wait_for(StreamStatus status) {
  switch (status) {
    case StreamStatus::kWantRead:
      return Status::kWantRead;
    case StreamStatus::kWantWrite:
      return Status::kWantWrite;
    case StreamStatus::kFailed:
      return fail(OpeningFault::kTlsOther, stream_->fault());
    case StreamStatus::kDone:
    case StreamStatus::kClosed:
      break;
  }
  return fail(OpeningFault::kPeerClosed);
}

Opening::Status Opening::fail(OpeningFault fault, std::string_view detail) {
  fault_ = fault;
  fault_detail_ = std::string(detail);
  return Status::kFailed;
}

}  // namespace millrace::mqtt_receiver
