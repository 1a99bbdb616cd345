// SPDX-License-Identifier: Apache-2.0
//
// The server of server.h over TLS: what clients of all kinds meet.
#include <atomic>
#include <thread>

#include <boost/asio/ssl.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/http/body_source_fixture.h"
#include "lib/http/server_fixture.h"
#include "lib/tls/certificate_fixture.h"

namespace millrace::http {
namespace {

namespace ssl = boost::asio::ssl;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::chrono::milliseconds kLong{60'000};
const std::string kEnd = "0\r\n\r\n";

// How a client's TLS is set up before it connects.
struct ClientOptions {
  int max_version = TLS1_3_VERSION;
  std::string protocols = {};  // of ALPN, each behind its length
  std::string before = {};     // plain bytes that come first
};

ssl::context client_context(const ClientOptions& options) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX* const native = context.native_handle();
  SSL_CTX_set_security_level(native, 0);
  SSL_CTX_set_min_proto_version(native, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(native, options.max_version);
  SSL_CTX_set_alpn_protos(native, reinterpret_cast<const unsigned char*>(options.protocols.data()),
                          static_cast<unsigned>(options.protocols.size()));
  return context;
}

class TlsDevice {
 public:
  explicit TlsDevice(std::uint16_t port, const ClientOptions& options = {})
      : context_(client_context(options)), device_(context_) {
    device_.connect(port);
    boost::asio::write(device_.stream().next_layer(), boost::asio::buffer(options.before));
    device_.stream().handshake(ssl::stream_base::client, refused_);
  }

  bool accepted() const { return !refused_; }
  DeviceOver<ssl::stream<boost::asio::ip::tcp::socket>>* operator->() { return &device_; }
  std::string version() { return SSL_get_version(native()); }
  std::string protocol() {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(native(), &name, &length);
    return {reinterpret_cast<const char*>(name), length};
  }
  // The common name in the server's certificate.
  std::string server() {
    X509* const certificate = SSL_get1_peer_certificate(native());
    char name[100] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, 100);
    X509_free(certificate);
    return name;
  }

 private:
  SSL* native() { return device_.stream().native_handle(); }

  boost::system::error_code refused_;
  ssl::context context_;
  DeviceOver<ssl::stream<boost::asio::ip::tcp::socket>> device_;
};

class HttpOverTls : public HttpServer {
 protected:
  HttpOverTls() : files_(tls::made_pair("first")) {
    auto loaded = tls::ServerCertificate::load(files_.files(), kAlpnProtocols, platform);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    options.listeners[0].certificate = *std::move(loaded);
  }
  TlsDevice tls_device(const ClientOptions& client = {}) const {
    return TlsDevice(server->port(), client);
  }
  void answer_with(std::shared_ptr<BodySource> source) {
    handler = [source = std::move(source)](Request request, const Reply& reply) {
      Response response;
      response.body = request.body;
      if (request.method != "POST") response.stream = source;
      reply(std::move(response));
    };
  }
  double failed_handshakes() const {
    const std::string text = metrics.expose();
    const std::string name = "\nmillrace_http_failed_handshakes_total ";
    return std::stod(text.substr(text.find(name) + name.size()));
  }

  tls::PairFiles files_;
};

TEST_F(HttpOverTls, AnswersOver12And13) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsDevice one = tls_device({.max_version = version});
    ASSERT_TRUE(one.accepted());
    EXPECT_EQ(one.version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    for (const char* body : {"a", "b"}) {
      one->send(post("/", body));
      EXPECT_THAT(one->read_answer(), EndsWith(std::string("POST / ") + body));
    }
  }
}

TEST_F(HttpOverTls, RefusesOlderVersions) {
  start();
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    EXPECT_FALSE(tls_device({.max_version = version}).accepted());
  }
  while (failed_handshakes() < 2) std::this_thread::yield();
}

TEST_F(HttpOverTls, SpeaksHttp1OnlyByAlpn) {
  start();
  EXPECT_EQ(tls_device({.protocols = "\10http/1.0"}).protocol(), "http/1.0");
  EXPECT_EQ(tls_device({.protocols = "\10http/1.0\10http/1.1"}).protocol(), "http/1.1");
  EXPECT_EQ(tls_device({.protocols = "\2h2\10http/1.1"}).protocol(), "http/1.1");
  EXPECT_EQ(tls_device().protocol(), "");
  EXPECT_FALSE(tls_device({.protocols = "\2h2"}).accepted());
}

TEST_F(HttpOverTls, PlainBytesAreNotAnswered) {
  start();
  EXPECT_EQ(exchange(post("/", "a")).find("HTTP/"), std::string::npos);
  EXPECT_EQ(exchange(std::string(100'000, '\x16')).find("HTTP/"), std::string::npos);
  TlsDevice one = tls_device();
  one->send(post("/", "a"));
  EXPECT_THAT(one->read_answer(), EndsWith("POST / a"));
}

TEST_F(HttpOverTls, AHandshakeThatHangsIsCutAndHoldsUpNobody) {
  options.threads = 1;
  options.handshake_timeout = std::chrono::milliseconds{100};
  start();
  Device silent = device();
  Device begun = device();
  begun.send(std::string("\x16\x03\x01\x02\x00", 5));  // the head of a record that does not come
  TlsDevice other = tls_device();
  other->send(post("/", "a"));
  EXPECT_THAT(other->read_answer(), EndsWith("POST / a"));
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(begun.read_all(), "");
}

TEST_F(HttpOverTls, BehindABalancerTheHeaderComesBeforeTheHandshake) {
  options.listeners[0].proxy_protocol = true;
  start();
  TlsDevice one = tls_device({.before = "PROXY TCP6 2001:db8::1 2001:db8::2 1000 443\r\n"});
  ASSERT_TRUE(one.accepted());
  for (const char* body : {"a", "b"}) {
    one->send(post("/", body));
    EXPECT_THAT(one->read_answer(), EndsWith(std::string("POST / ") + body));
  }
  EXPECT_FALSE(tls_device().accepted());
  // In one packet with the beginning of the handshake, which then does not go on.
  options.handshake_timeout = std::chrono::milliseconds{100};
  server.reset();
  start();
  Device begun = device();
  begun.send(std::string("PROXY UNKNOWN\r\n\x16\x03\x01\x02\x00", 20));
  EXPECT_EQ(begun.read_all(), "");
}

TEST_F(HttpOverTls, ConnectionsInTheirHandshakeCount) {
  options.max_connections = 1;
  start();
  Device silent = device();
  EXPECT_FALSE(tls_device().accepted());
  silent.close();
  while (!tls_device().accepted()) std::this_thread::yield();
}

TEST_F(HttpOverTls, LimitsHoldAsWithoutTls) {
  start();
  TlsDevice large = tls_device();
  large->send(post("/", std::string(3'000'000, 'x')));
  EXPECT_THAT(large->read_all(), StartsWith("HTTP/1.1 413 "));
  TlsDevice wide = tls_device();
  wide->send("POST /" + std::string(20'000, 'x'));
  EXPECT_THAT(wide->read_all(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpOverTls, SlowBodiesAreGivenUp) {
  options.read_timeout = std::chrono::milliseconds{20};
  start();
  TlsDevice slow = tls_device();
  slow->send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(slow->read_all(), "");
}

TEST_F(HttpOverTls, AReloadCountsForNewConnections) {
  start();
  TlsDevice before = tls_device();
  EXPECT_EQ(before.server(), "first");
  files_.write(tls::made_pair("second"));
  ASSERT_TRUE(options.listeners[0].certificate->reload().ok());
  EXPECT_EQ(tls_device().server(), "second");
  files_.write_key("broken");
  ASSERT_FALSE(options.listeners[0].certificate->reload().ok());
  EXPECT_EQ(tls_device().server(), "second");
  before->send(post("/", "a"));
  EXPECT_THAT(before->read_answer(), EndsWith("POST / a"));
}

TEST_F(HttpOverTls, StreamsAndKeepsWhatIsPipelined) {
  const auto source = std::make_shared<HeldSource>();
  answer_with(source);
  start();
  TlsDevice one = tls_device();
  one->send("GET / HTTP/1.1\r\n\r\n" + post("/", "behind"));
  EXPECT_THAT(one->read_head(), HasSubstr("chunked"));
  source->give("a");
  EXPECT_EQ(one->read_until("a\r\n"), "1\r\na\r\n");
  one->send(post("/", "later"));
  source->give(std::string(100'000, 'b'));
  source->end();
  EXPECT_EQ(one->read_until(kEnd), "186a0\r\n" + std::string(100'000, 'b') + "\r\n" + kEnd);
  EXPECT_THAT(one->read_answer(), EndsWith("\r\n\r\nbehind"));
  EXPECT_THAT(one->read_answer(), EndsWith("\r\n\r\nlater"));
  one->send(post("/", "again"));
  EXPECT_THAT(one->read_answer(), EndsWith("\r\n\r\nagain"));
}

TEST_F(HttpOverTls, ASourceIsToldThatThePeerHasGone) {
  for (const bool in_good_order : {true, false}) {
    const auto source = std::make_shared<HeldSource>();
    answer_with(source);
    server.reset();
    start();
    TlsDevice one = tls_device();
    one->send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_THAT(one->read_head(), HasSubstr("chunked"));
    boost::system::error_code ignored;
    if (in_good_order) one->stream().shutdown(ignored);
    one->close();
    source->wait_until_cancelled();
    EXPECT_EQ(source->cancelled(), 1);
  }
}

TEST_F(HttpOverTls, TheEndOfABodyOfHttp10IsMarkedAndAnEndTooEarlyIsNot) {
  for (const bool whole : {true, false}) {
    answer_with(std::make_shared<ListSource>(
        std::vector<std::string>{"a", "b"},
        whole ? absl::OkStatus() : absl::InternalError("the database went away")));
    server.reset();
    start();
    TlsDevice one = tls_device();
    one->send("GET / HTTP/1.0\r\n\r\n");
    const std::string got = one->read_all();
    EXPECT_EQ(one->last_error() == boost::asio::error::eof, whole) << one->last_error();
    EXPECT_THAT(got, EndsWith("\r\n\r\nab"));
  }
}

TEST_F(HttpOverTls, StoppingFinishesWhatHasBegun) {
  HeldReplies held;
  handler = held.handler();
  start();
  Device in_handshake = device();
  TlsDevice busy = tls_device();
  busy->send(post("/", "x"));
  const Reply reply = held.take();
  bool finished = false;
  {
    std::jthread stopper([&] { finished = server->stop(kLong); });
    EXPECT_EQ(in_handshake.read_all(), "");  // closed by the stop
    reply(Response{});
    const std::string answer = busy->read_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(busy->last_error(), boost::asio::error::eof);
    busy->close();
  }
  EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace millrace::http
