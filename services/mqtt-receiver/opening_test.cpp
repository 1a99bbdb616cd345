// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/opening.h"

#include <set>
#include <thread>

#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/tls/certificate_fixture.h"
#include "mqtt-receiver/websocket_fixture.h"

namespace millrace::mqtt_receiver {
namespace {

namespace asio = boost::asio;
namespace ip = asio::ip;
using ip::tcp;
using namespace std::string_literals;
using registry_client::ClientTransport;
using Status = Opening::Status;

constexpr std::string_view kIpv4Header = "PROXY TCP4 192.0.2.1 10.0.0.2 12345 1883\r\n";

// One connection over loopback; the test is its client.
class OpeningTest : public testing::Test {
 protected:
  OpeningTest() : client_(context_), server_(context_) {
    tcp::acceptor acceptor(context_, {ip::address_v4::loopback(), 0});
    client_.connect(acceptor.local_endpoint());
    acceptor.accept(server_);
    server_.non_blocking(true);
  }

  void open(const TransportOptions& options) {
    options_ = options;
    opening_ = std::make_unique<Opening>(
        options_, server_,
        OpeningSurroundings{.addresses = addresses_, .buffer = buffer_, .scratch = scratch_});
  }
  void open_tls(const tls::ClientAuthentication& clients = {}) {
    auto loaded = tls::ServerCertificate::load(files_.files(), "", platform_, clients);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    open({.transport = ClientTransport::kTls, .certificate = *std::move(loaded)});
  }

  void send(std::string_view bytes) { asio::write(client_, asio::buffer(bytes)); }
  // What the client gets, until the text has come.
  std::string received(std::string_view last) {
    std::string text;
    asio::read_until(client_, asio::dynamic_buffer(text), last);
    return text;
  }

  // Goes on until an end, or as long as the client has something to say.
  Status advance() {
    while (true) {
      const Status status = opening_->advance();
      if (status == Status::kOpen || status == Status::kFailed) return status;
      boost::system::error_code error;
      server_.wait(status == Status::kWantRead ? tcp::socket::wait_read : tcp::socket::wait_write,
                   error);
    }
  }
  // A client of TLS on a thread of its own, while the server advances.
  Status advance_with(asio::ssl::context& client) {
    asio::ssl::stream<tcp::socket&> stream(client_, client);
    std::jthread shaking([&] {
      boost::system::error_code error;
      stream.handshake(asio::ssl::stream_base::client, error);
      // In TLS 1.3 the server may still refuse the certificate: wait for its word.
      char byte = 0;
      if (!error) stream.read_some(asio::buffer(&byte, 1), error);
    });
    const Status status = advance();
    server_.shutdown(tcp::socket::shutdown_send);
    return status;
  }
  std::string reason() { return std::string(name(opening_->fault())); }

  time::SystemClock clock_;
  log::Logger log_{"opening-test", log::Level::kError};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  tls::PairFiles files_{tls::made_pair()};

  asio::io_context context_;
  tcp::socket client_;
  tcp::socket server_;
  network::AddressLimit addresses_{1};
  std::vector<char> buffer_ = std::vector<char>(64U << 10U);
  std::string scratch_;
  TransportOptions options_;
  std::unique_ptr<Opening> opening_;
};

TEST_F(OpeningTest, PlainTcpIsOpenAtOnce) {
  open({});
  EXPECT_EQ(opening_->advance(), Status::kOpen);
  EXPECT_EQ(opening_->peer().address, client_.local_endpoint());
  EXPECT_EQ(opening_->peer().certificate, nullptr);
  const auto stream = opening_->take_stream();
  char byte = 0;
  EXPECT_EQ(stream->read(&byte, 1).status, StreamStatus::kWantRead);
  client_.close();
  server_.wait(tcp::socket::wait_read);
  EXPECT_EQ(stream->read(&byte, 1).status, StreamStatus::kClosed);
}

TEST_F(OpeningTest, AnAddressHasSoManyPlacesUntilOneIsGivenBack) {
  auto place = addresses_.take(client_.local_endpoint().address());
  open({});
  EXPECT_EQ(opening_->advance(), Status::kFailed);
  EXPECT_EQ(reason(), "over_address_limit");
  place.reset();
  open({});
  EXPECT_EQ(opening_->advance(), Status::kOpen);
  EXPECT_TRUE(opening_->peer().place.has_value());
}

TEST_F(OpeningTest, ABalancersHeaderSaysWhoseConnectionItIs) {
  const auto place = addresses_.take(client_.local_endpoint().address());
  open({.proxy_header = true});
  EXPECT_EQ(opening_->advance(), Status::kWantRead);
  send(std::string(kIpv4Header) + "\x10MQTT");
  EXPECT_EQ(advance(), Status::kOpen);
  EXPECT_EQ(opening_->peer().address, tcp::endpoint(ip::make_address("192.0.2.1"), 12345));
  // Not a byte too many has been taken.
  char bytes[100];
  const auto read = opening_->take_stream()->read(bytes, sizeof bytes);
  EXPECT_EQ(std::string_view(bytes, read.bytes), "\x10MQTT");
}

TEST_F(OpeningTest, AHeaderMayTrickleIn) {
  open({.proxy_header = true});
  for (const char byte : kIpv4Header) {
    EXPECT_EQ(opening_->advance(), Status::kWantRead);
    send({&byte, 1});
    server_.wait(tcp::socket::wait_read);
  }
  EXPECT_EQ(opening_->advance(), Status::kOpen);
}

TEST_F(OpeningTest, TheBalancersOwnConnectionKeepsItsAddress) {
  open({.proxy_header = true});
  send("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s);
  EXPECT_EQ(advance(), Status::kOpen);
  EXPECT_EQ(opening_->peer().address, client_.local_endpoint());
}

TEST_F(OpeningTest, AConnectionWithoutItsHeaderIsRefused) {
  open({.proxy_header = true});
  send("\x10\x0c\x00\x04MQTT"s);
  EXPECT_EQ(advance(), Status::kFailed);
  EXPECT_EQ(reason(), "proxy_header_missing");
}

TEST_F(OpeningTest, AHeaderThatIsNoneIsRefused) {
  open({.proxy_header = true});
  send("PROXY TCP4 everywhere\r\n");
  EXPECT_EQ(advance(), Status::kFailed);
  EXPECT_EQ(reason(), "proxy_header_malformed");
}

TEST_F(OpeningTest, APeerThatGoesIsNobodysFault) {
  open({.proxy_header = true});
  send("PROXY ");
  client_.close();
  EXPECT_EQ(advance(), Status::kFailed);
  EXPECT_EQ(reason(), "peer_closed");
}

TEST_F(OpeningTest, TlsBehindABalancerWorksToo) {
  open_tls();
  options_.proxy_header = true;
  open(TransportOptions(options_));
  send(kIpv4Header);
  asio::ssl::context client(asio::ssl::context::tls_client);
  EXPECT_EQ(advance_with(client), Status::kOpen) << opening_->fault_detail();
  EXPECT_EQ(opening_->peer().address.address().to_string(), "192.0.2.1");
  EXPECT_EQ(opening_->peer().certificate, nullptr);
}

TEST_F(OpeningTest, AVerifiedCertificateIsKnownByItsName) {
  const tls::PairFiles device(tls::made_pair("device"));
  open_tls({.policy = "required", .authorities = device.files().certificate});
  asio::ssl::context client(asio::ssl::context::tls_client);
  client.use_certificate_file(device.files().certificate, asio::ssl::context::pem);
  client.use_private_key_file(device.files().key, asio::ssl::context::pem);
  ASSERT_EQ(advance_with(client), Status::kOpen) << opening_->fault_detail();
  ASSERT_NE(opening_->peer().certificate, nullptr);
  EXPECT_EQ(opening_->peer().certificate->issuer, "CN=device");
  EXPECT_EQ(opening_->peer().certificate->serial_number, "1");
}

TEST_F(OpeningTest, WithoutACertificateThatIsRequiredThereIsNoConnection) {
  open_tls({.policy = "required", .authorities = files_.files().certificate});
  asio::ssl::context client(asio::ssl::context::tls_client);
  EXPECT_EQ(advance_with(client), Status::kFailed);
  EXPECT_EQ(reason(), "tls_certificate_missing");
}

TEST_F(OpeningTest, MqttWhereTlsIsExpectedIsNamedSo) {
  open_tls();
  send("\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"s);
  EXPECT_EQ(advance(), Status::kFailed);
  EXPECT_EQ(reason(), "tls_not_tls");
  EXPECT_NE(opening_->fault_detail(), "");
}

TEST_F(OpeningTest, AWebSocketCarriesWhatComesRightBehindItsUpgrade) {
  open({.transport = ClientTransport::kWebSocket});
  send(websocket_bytes::upgrade() + websocket_bytes::frame({"at once"}));
  EXPECT_EQ(advance(), Status::kOpen);
  EXPECT_THAT(received("\r\n\r\n"), testing::StartsWith("HTTP/1.1 101 "));
  const auto stream = opening_->take_stream();
  char bytes[100];
  std::string text;
  while (text.empty()) {
    const auto read = stream->read(bytes, sizeof bytes);
    ASSERT_EQ(read.status, StreamStatus::kDone);
    text.assign(bytes, read.bytes);
  }
  EXPECT_EQ(text, "at once");
}

TEST_F(OpeningTest, AnUpgradeThatIsRefusedIsAnsweredFirst) {
  open({.transport = ClientTransport::kWebSocket});
  send(websocket_bytes::upgrade("mqtt", "/elsewhere"));
  EXPECT_EQ(advance(), Status::kFailed);
  EXPECT_EQ(reason(), "websocket_refused");
  EXPECT_EQ(opening_->fault_detail(), "MQTT over WebSocket is at the path /ws");
  EXPECT_THAT(received("\r\n\r\n"), testing::StartsWith("HTTP/1.1 404 "));
  EXPECT_NE(opening_->take_stream(), nullptr);  // to say goodbye with
}

TEST(OpeningNames, EachFaultHasOne) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kOpeningFaultCount; ++i) {
    names.insert(name(static_cast<OpeningFault>(i)));
  }
  EXPECT_EQ(names.size(), kOpeningFaultCount);
  EXPECT_EQ(names.count("unknown"), 0U);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
