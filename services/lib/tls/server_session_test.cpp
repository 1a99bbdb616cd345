// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/server_session.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/tls/certificate_fixture.h"
#include "lib/tls/server_context.h"

namespace millrace::tls {
namespace {

using Status = ServerSession::Status;

// The two ends of a socket, neither blocking; the peer's is driven by OpenSSL's client.
class ServerSessionTest : public testing::Test {
 protected:
  ServerSessionTest() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_), 0);
    SSL_CTX_set_verify(client_context_, SSL_VERIFY_NONE, nullptr);
  }
  ~ServerSessionTest() override {
    SSL_free(client_);
    SSL_CTX_free(client_context_);
    close_client();
    session_.reset();
    close(sockets_[0]);
  }

  void serve(const ClientVerification& clients = {}) {
    context_ = *make_server_context({made_.certificate, made_.key, {}}, "", clients);
    session_ = std::make_unique<ServerSession>(*context_, sockets_[0]);
  }
  void begin_client() {
    client_ = SSL_new(client_context_);
    SSL_set_fd(client_, sockets_[1]);
    SSL_set_connect_state(client_);
  }
  // Both sides in turn, until the server has come to an end.
  ServerSession::Result shake_hands() {
    begin_client();
    ServerSession::Result result;
    for (int turn = 0; turn < 100; ++turn) {
      ERR_clear_error();
      SSL_do_handshake(client_);
      result = session_->handshake();
      if (result.status != Status::kWantRead && result.status != Status::kWantWrite) break;
    }
    ERR_clear_error();
    return result;
  }
  void show_certificate(const MadePair& pair) {
    BIO* const certificate = BIO_new_mem_buf(pair.certificate.data(), -1);
    X509* const read = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
    BIO* const key_text = BIO_new_mem_buf(pair.key.data(), -1);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
    EXPECT_EQ(SSL_CTX_use_certificate(client_context_, read), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(client_context_, key), 1);
    X509_free(read);
    EVP_PKEY_free(key);
    BIO_free(certificate);
    BIO_free(key_text);
  }
  void send_plainly(std::string_view bytes) {
    EXPECT_EQ(send(sockets_[1], bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void close_client() {
    if (sockets_[1] >= 0) close(sockets_[1]);
    sockets_[1] = -1;
  }

  const MadePair made_ = made_pair();
  int sockets_[2] = {-1, -1};
  SSL_CTX* client_context_ = SSL_CTX_new(TLS_client_method());
  SSL* client_ = nullptr;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::unique_ptr<ServerSession> session_;
};

TEST_F(ServerSessionTest, BytesGoBothWaysAndTheEndIsSaid) {
  serve();
  ASSERT_EQ(shake_hands().status, Status::kDone);
  char buffer[100];
  EXPECT_EQ(session_->read(buffer, sizeof buffer).status, Status::kWantRead);
  ASSERT_EQ(SSL_write(client_, "to the server", 13), 13);
  const auto read = session_->read(buffer, sizeof buffer);
  EXPECT_EQ(read.status, Status::kDone);
  EXPECT_EQ(std::string_view(buffer, read.bytes), "to the server");
  EXPECT_EQ(session_->write("to the client").bytes, 13U);
  ASSERT_EQ(SSL_read(client_, buffer, sizeof buffer), 13);
  EXPECT_EQ(std::string_view(buffer, 13), "to the client");
  EXPECT_EQ(session_->peer_certificate(), std::nullopt);

  EXPECT_EQ(session_->shutdown().status, Status::kDone);
  EXPECT_LE(SSL_read(client_, buffer, sizeof buffer), 0);
  EXPECT_NE(SSL_get_shutdown(client_) & SSL_RECEIVED_SHUTDOWN, 0);
}

TEST_F(ServerSessionTest, TheRestOfARecordIsInputThatTheSocketDoesNotShow) {
  serve();
  ASSERT_EQ(shake_hands().status, Status::kDone);
  ASSERT_EQ(SSL_write(client_, "abcdef", 6), 6);
  char buffer[4];
  EXPECT_EQ(session_->read(buffer, 4).bytes, 4U);
  EXPECT_TRUE(session_->has_input());
  EXPECT_EQ(session_->read(buffer, 4).bytes, 2U);
  EXPECT_FALSE(session_->has_input());
}

TEST_F(ServerSessionTest, APeerThatReadsNothingIsWaitedFor) {
  serve();
  ASSERT_EQ(shake_hands().status, Status::kDone);
  std::string bytes(1 << 20, 'a');
  std::string_view rest = bytes;
  ServerSession::Result result;
  while ((result = session_->write(rest)).status == Status::kDone) rest.remove_prefix(result.bytes);
  ASSERT_EQ(result.status, Status::kWantWrite);
  // The rest goes on where it stopped, from another place in memory.
  std::string moved(rest);
  rest = moved;
  std::size_t received = 0;
  std::string buffer(1 << 14, '\0');
  while (received < bytes.size()) {
    const int count = SSL_read(client_, buffer.data(), static_cast<int>(buffer.size()));
    if (count > 0) received += static_cast<std::size_t>(count);
    result = session_->write(rest);
    if (result.status == Status::kDone) rest.remove_prefix(result.bytes);
  }
  EXPECT_EQ(received, bytes.size());
}

TEST_F(ServerSessionTest, APeerThatGoesIsClosedWithOrWithoutAGoodbye) {
  serve();
  ASSERT_EQ(shake_hands().status, Status::kDone);
  SSL_shutdown(client_);
  char buffer[4];
  EXPECT_EQ(session_->read(buffer, 4).status, Status::kClosed);
  close_client();
  EXPECT_EQ(session_->read(buffer, 4).status, Status::kClosed);
}

TEST_F(ServerSessionTest, AnEndInTheMiddleIsClosedAndRaisesNoSignal) {
  serve();
  ASSERT_EQ(shake_hands().status, Status::kDone);
  close_client();
  char buffer[4];
  EXPECT_EQ(session_->read(buffer, 4).status, Status::kClosed);
  EXPECT_NE(session_->write("nobody reads this").status, Status::kDone);
}

TEST_F(ServerSessionTest, WhatIsNoTlsIsNamedSo) {
  serve();
  send_plainly(std::string("\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", 14));
  EXPECT_EQ(session_->handshake().status, Status::kFailed);
  EXPECT_EQ(name(session_->fault()), "not_tls");
  EXPECT_NE(session_->error(), "");
}

TEST_F(ServerSessionTest, AVersionThatIsTooOldIsNoAgreement) {
  serve();
  SSL_CTX_set_security_level(client_context_, 0);
  SSL_CTX_set_min_proto_version(client_context_, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(client_context_, TLS1_1_VERSION);
  EXPECT_EQ(shake_hands().status, Status::kFailed);
  EXPECT_EQ(session_->fault(), HandshakeFault::kNoAgreement) << session_->error();
}

TEST_F(ServerSessionTest, AClientThatDoesNotTrustUsIsNamedSo) {
  serve();
  SSL_CTX_set_verify(client_context_, SSL_VERIFY_PEER, nullptr);
  auto result = shake_hands();
  char buffer[4];
  if (result.status == Status::kDone) result = session_->read(buffer, 4);
  EXPECT_EQ(result.status, Status::kFailed);
  EXPECT_EQ(name(session_->fault()), "refused_by_peer") << session_->error();
}

TEST_F(ServerSessionTest, ACertificateOfTheAuthoritiesIsTakenAndNamed) {
  const MadePair device = made_pair("device");
  serve({.authorities = device.certificate, .required = true});
  show_certificate(device);
  ASSERT_EQ(shake_hands().status, Status::kDone) << session_->error();
  EXPECT_EQ(session_->peer_certificate(), (CertificateName{"CN=device", "1"}));
}

TEST_F(ServerSessionTest, ACertificateOfAnybodyElseIsRefused) {
  serve({.authorities = made_pair("device").certificate, .required = false});
  show_certificate(made_pair("stranger"));
  EXPECT_EQ(shake_hands().status, Status::kFailed);
  EXPECT_EQ(name(session_->fault()), "certificate_refused") << session_->error();
}

TEST_F(ServerSessionTest, NoCertificateIsRefusedOnlyWhereOneIsRequired) {
  const std::string authority = made_pair("device").certificate;
  serve({.authorities = authority, .required = true});
  EXPECT_EQ(shake_hands().status, Status::kFailed);
  EXPECT_EQ(name(session_->fault()), "certificate_missing") << session_->error();
}

TEST_F(ServerSessionTest, WhereOneIsOptionalNoneIsFine) {
  serve({.authorities = made_pair("device").certificate, .required = false});
  ASSERT_EQ(shake_hands().status, Status::kDone);
  EXPECT_EQ(session_->peer_certificate(), std::nullopt);
}

TEST_F(ServerSessionTest, FaultsHaveNamesOfTheirOwn) {
  EXPECT_EQ(name(HandshakeFault::kNone), "none");
  EXPECT_EQ(name(HandshakeFault::kNoAgreement), "no_agreement");
  EXPECT_EQ(name(HandshakeFault::kOther), "other");
}

}  // namespace
}  // namespace millrace::tls
