// SPDX-License-Identifier: Apache-2.0
//
// Listeners side by side and what travels over each; that connections are dealt out and bounded,
// listener_test.cpp.
#include "mqtt-receiver/acceptor.h"

#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "lib/tls/certificate_fixture.h"
#include "mqtt-receiver/loopback.h"

namespace millrace::mqtt_receiver {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using namespace std::chrono_literals;
using asio::ip::tcp;
using mqtt::client_bytes::pingreq;
using mqtt::client_bytes::publish_qos_1;
using registry_client::ClientTransport;
using Code = intake::Receipt::Code;

constexpr std::string_view kTopic = "kp1/demo-v1/dcx/token/json";

// A device over any stream of Boost's: another implementation of TLS records and WebSocket frames.
template <typename Stream>
class StreamDevice {
 public:
  template <typename... Arguments>
  explicit StreamDevice(Arguments&&... arguments)
      : stream_(context_, std::forward<Arguments>(arguments)...) {}

  void reach(std::uint16_t port) {
    boost::beast::get_lowest_layer(stream_).connect({asio::ip::address_v4::loopback(), port});
  }
  Stream& stream() { return stream_; }
  void send(std::string_view bytes) {
    boost::system::error_code ignored;
    if constexpr (requires { stream_.binary(true); }) {
      stream_.write(asio::buffer(bytes), ignored);
    } else {
      asio::write(stream_, asio::buffer(bytes), ignored);
    }
  }
  // The next packet in words, or "closed".
  std::string next() {
    while (true) {
      std::string words = mqtt::client_bytes::take_packet(received_);
      if (!words.empty()) return words;
      char buffer[4096];
      boost::system::error_code error;
      const std::size_t count = stream_.read_some(asio::buffer(buffer), error);
      if (error) return "closed";
      received_.append(buffer, count);
    }
  }

 private:
  asio::io_context context_;
  Stream stream_;
  std::string received_;
};

using TlsDevice = StreamDevice<asio::ssl::stream<tcp::socket>>;
using WebSocketDevice = StreamDevice<websocket::stream<tcp::socket>>;
using SecureWebSocketDevice = StreamDevice<websocket::stream<asio::ssl::stream<tcp::socket>>>;

template <typename Device>
void upgrade(Device& device) {
  device.stream().set_option(websocket::stream_base::decorator(
      [](websocket::request_type& request) { request.set("Sec-WebSocket-Protocol", "mqtt"); }));
  device.stream().binary(true);
  device.stream().handshake("localhost", "/ws");
}

class AcceptorTest : public LoopbackTest {
 protected:
  static ListenOptions on(const char* setting, ClientTransport transport) {
    return {.setting = setting, .transport = transport, .listen = {"127.0.0.1", 0}};
  }
  ListenerOptions everywhere() {
    ListenerOptions options = this->options();
    options.listens = {on("mqtt-listen", ClientTransport::kTcp),
                       on("mqtts-listen", ClientTransport::kTls),
                       on("ws-listen", ClientTransport::kWebSocket),
                       on("wss-listen", ClientTransport::kSecureWebSocket)};
    options.certificate = files_.files();
    return options;
  }
  double failures(const std::string& reason) {
    return metrics_.counter("millrace_mqtt_opening_failures_total", "", {{"reason", reason}})
        .value();
  }
  double connections_over(const std::string& transport) {
    return metrics_.gauge("millrace_mqtt_connections", "", {{"transport", transport}}).value();
  }

  template <typename Device>
  void serve_an_upload(Device& device, std::string_view client_id) {
    device.send(mqtt::client_bytes::connect({.client_id = client_id}));
    EXPECT_EQ(device.next(), "CONNACK 0");
    // Longer than a TLS record and a frame; then many small ones.
    const std::string body = "[\"" + std::string(100'000, 'a') + "\"]";
    device.send(publish_qos_1(1, kTopic, body));
    EXPECT_EQ(intake_.answer(Code::kAccepted), body);
    EXPECT_EQ(device.next(), "PUBACK 1");
    std::string many;
    for (int i = 0; i < 3000; ++i) many += pingreq();
    device.send(many);
    for (int i = 0; i < 3000; ++i) ASSERT_EQ(device.next(), "PINGRESP");
  }

  tls::PairFiles files_{tls::made_pair()};
  asio::ssl::context client_{asio::ssl::context::tls_client};
};

TEST_F(AcceptorTest, EachTransportCarriesUploads) {
  listen(everywhere());
  Device plain(listener_->port(0));
  serve_an_upload(plain, "plain");
  TlsDevice secure(client_);
  secure.reach(listener_->port(1));
  secure.stream().handshake(asio::ssl::stream_base::client);
  serve_an_upload(secure, "secure");
  WebSocketDevice web;
  web.reach(listener_->port(2));
  upgrade(web);
  serve_an_upload(web, "web");
  SecureWebSocketDevice secure_web(client_);
  secure_web.reach(listener_->port(3));
  secure_web.stream().next_layer().handshake(asio::ssl::stream_base::client);
  upgrade(secure_web);
  serve_an_upload(secure_web, "secure_web");
  for (const char* transport : {"tcp", "tls", "websocket", "secure-websocket"}) {
    EXPECT_EQ(connections_over(transport), 1) << transport;
  }
}

TEST_F(AcceptorTest, AWebSocketIsClosedInOrderOnDisconnect) {
  listen(everywhere());
  WebSocketDevice device;
  device.reach(listener_->port(2));
  upgrade(device);
  device.stream().ping("are you there");
  device.send(mqtt::client_bytes::connect() + pingreq());
  EXPECT_EQ(device.next(), "CONNACK 0");
  EXPECT_EQ(device.next(), "PINGRESP");
  device.send(mqtt::client_bytes::disconnect());
  EXPECT_EQ(device.next(), "closed");
  EXPECT_EQ(device.stream().reason().code, websocket::close_code::normal);
}

TEST_F(AcceptorTest, ATextMessageEndsTheConnection) {  // [MQTT-6.0.0-1]
  listen(everywhere());
  WebSocketDevice device;
  device.reach(listener_->port(2));
  upgrade(device);
  device.stream().text(true);
  device.send("text");
  EXPECT_EQ(device.next(), "closed");
  EXPECT_EQ(device.stream().reason().code, websocket::close_code::unknown_data);
  EXPECT_EQ(closed(CloseReason::kTransportFault), 1);
}

TEST_F(AcceptorTest, ADeviceThatWritesAndReadsNothingOverTlsStopsAtTheBound) {
  ListenerOptions options = everywhere();
  options.connection.max_output_bytes = 256 << 10;
  options.connection.write_timeout = 100ms;
  listen(options);
  TlsDevice device(client_);
  device.reach(listener_->port(1));
  device.stream().handshake(asio::ssl::stream_base::client);
  device.send(mqtt::client_bytes::connect());
  EXPECT_EQ(device.next(), "CONNACK 0");
  const std::string publish = mqtt::client_bytes::publish_qos_0(std::string(60'000, 'a'), "");
  boost::system::error_code error;
  while (!error) asio::write(device.stream(), asio::buffer(publish), error);
  EXPECT_TRUE(eventually([&] { return closed(CloseReason::kSlowReader) == 1; }));
}

TEST_F(AcceptorTest, WhatIsNotSaidInTimeEndsTheConnectionOnEachTransport) {
  ListenerOptions options = everywhere();
  options.connection.session.connect_timeout = 100ms;
  listen(options);
  std::vector<std::unique_ptr<Device>> silent;
  for (std::size_t i = 0; i < 4; ++i) {
    silent.push_back(std::make_unique<Device>(listener_->port(i)));
  }
  silent[1]->send(std::string("\x16\x03\x01\x02", 4));
  silent[2]->send("GET /ws HT");
  for (const auto& device : silent) EXPECT_EQ(device->next(), "closed");
  EXPECT_EQ(closed(CloseReason::kConnectTimeout), 4);
  EXPECT_EQ(failures("timed_out"), 3);
}

TEST_F(AcceptorTest, HandshakesBeyondTheMemoryOfAllAreRefusedUntilOthersEnd) {
  ListenerOptions options = everywhere();
  options.max_buffered_bytes = 100'000;  // one handshake, and not two
  options.connection.session.connect_timeout = 300ms;
  listen(options);
  Device hanging(listener_->port(1));
  EXPECT_TRUE(eventually([&] { return connections_over("tls") == 1; }));
  Device refused(listener_->port(1));
  EXPECT_EQ(refused.next(), "closed");
  EXPECT_EQ(failures("memory_exhausted"), 1);
  Device plain(listener_->port(0));  // needs none
  EXPECT_EQ(plain.connect("plain"), "CONNACK 0");
  EXPECT_EQ(hanging.next(), "closed");
  TlsDevice secure(client_);
  secure.reach(listener_->port(1));
  secure.stream().handshake(asio::ssl::stream_base::client);
  secure.send(mqtt::client_bytes::connect());
  EXPECT_EQ(secure.next(), "CONNACK 0");
}

TEST_F(AcceptorTest, ARefusedUpgradeIsReadBeforeTheEnd) {
  listen(everywhere());
  Device device(listener_->port(2));
  device.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  char buffer[1000];
  boost::system::error_code error;
  const std::size_t count = asio::read(device.socket(), asio::buffer(buffer), error);
  EXPECT_EQ(error, asio::error::eof);
  EXPECT_THAT(std::string(buffer, count), ::testing::StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_EQ(failures("websocket_refused"), 1);
  EXPECT_EQ(closed(CloseReason::kOpeningFailed), 1);
}

TEST_F(AcceptorTest, AReloadShowsTheNewCertificateAndLeavesConnectionsAlone) {
  listen(everywhere());
  TlsDevice before(client_);
  before.reach(listener_->port(1));
  before.stream().handshake(asio::ssl::stream_base::client);
  before.send(mqtt::client_bytes::connect());
  EXPECT_EQ(before.next(), "CONNACK 0");
  const tls::MadePair renewed = tls::made_pair("renewed");
  files_.write(renewed);
  listener_->reload();
  client_.set_verify_mode(asio::ssl::verify_peer);
  client_.add_certificate_authority(asio::buffer(renewed.certificate));
  TlsDevice after(client_);
  after.reach(listener_->port(1));
  boost::system::error_code error;
  after.stream().handshake(asio::ssl::stream_base::client, error);
  EXPECT_FALSE(error) << error.message();
  before.send(pingreq());
  EXPECT_EQ(before.next(), "PINGRESP");
}

TEST_F(AcceptorTest, ConnectionsOfOneAddressAreBounded) {
  ListenerOptions options = this->options();
  options.max_connections_per_address = 2;
  options.proxy_header = true;
  listen(options);
  const auto from = [&](const char* address) {
    auto device = std::make_unique<Device>(listener_->port());
    device->send(fmt::format("PROXY TCP4 {} 127.0.0.1 1000 1883\r\n", address));
    return device;
  };
  const auto first = from("192.0.2.1");
  EXPECT_EQ(first->connect("1"), "CONNACK 0");
  auto second = from("192.0.2.1");
  EXPECT_EQ(second->connect("2"), "CONNACK 0");
  EXPECT_EQ(from("192.0.2.1")->connect("3"), "closed");
  EXPECT_EQ(from("192.0.2.2")->connect("4"), "CONNACK 0");
  EXPECT_EQ(begun("over_address_limit"), 1);
  second.reset();
  EXPECT_TRUE(eventually([&] { return closed(CloseReason::kPeerClosed) >= 1; }));
  EXPECT_TRUE(eventually([&] { return from("192.0.2.1")->connect("5") == "CONNACK 0"; }));
}

TEST_F(AcceptorTest, AStopEndsWhatIsStillOpening) {
  listen(everywhere());
  Device device(listener_->port(1));
  EXPECT_TRUE(eventually([&] { return connections_over("tls") == 1; }));
  EXPECT_EQ(listener_->stop(kPatience), 0U);
  EXPECT_EQ(device.next(), "closed");
  EXPECT_EQ(closed(CloseReason::kShutdown), 1);
}

TEST_F(AcceptorTest, AListenerOfTlsWithoutACertificateIsNamed) {
  ListenerOptions options = everywhere();
  options.certificate = {};
  Listener listener(options, platform_);
  EXPECT_THAT(std::string(listener.start({intake_, credentials_}).message()),
              ::testing::HasSubstr("mqtts-listen needs tls-certificate"));
}

}  // namespace
}  // namespace millrace::mqtt_receiver
