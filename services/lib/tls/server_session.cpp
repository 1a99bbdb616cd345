// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/server_session.h"

#include <cerrno>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace millrace::tls {

namespace {

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE where the peer has gone.

int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int read_socket(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = recv(socket_of(bio), into, static_cast<std::size_t>(size), 0);
  if (count < 0 && would_block()) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

int write_socket(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = send(socket_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && would_block()) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

long control_socket(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;  // nothing is held back
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_read(method, read_socket);
    BIO_meth_set_write(method, write_socket);
    BIO_meth_set_ctrl(method, control_socket);
    return method;
  }();
  return kMethod;
}

BIO* open_socket(int socket) {
  BIO* const bio = BIO_new(socket_method());
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  return bio;
}

HandshakeFault fault_of(unsigned long code) {
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return HandshakeFault::kOther;
  const int reason = ERR_GET_REASON(code);
  if (reason >= SSL_AD_REASON_OFFSET) return HandshakeFault::kRefusedByPeer;
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_RECORD_TOO_SMALL:
      return HandshakeFault::kNotTls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_VERSION_TOO_LOW:
      return HandshakeFault::kNoAgreement;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return HandshakeFault::kCertificateMissing;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return HandshakeFault::kCertificateRefused;
    default:
      return HandshakeFault::kOther;
  }
}

}  // namespace

std::string_view name(HandshakeFault fault) {
  switch (fault) {
    case HandshakeFault::kNone:
      return "none";
    case HandshakeFault::kNotTls:
      return "not_tls";
    case HandshakeFault::kNoAgreement:
      return "no_agreement";
    case HandshakeFault::kCertificateMissing:
      return "certificate_missing";
    case HandshakeFault::kCertificateRefused:
      return "certificate_refused";
    case HandshakeFault::kRefusedByPeer:
      return "refused_by_peer";
    case HandshakeFault::kOther:
      return "other";
  }
  return "other";
}

void ServerSession::Free::operator()(SSL* session) const {
  SSL_free(session);
}

ServerSession::ServerSession(boost::asio::ssl::context& context, int socket)
    : ssl_(SSL_new(context.native_handle())) {
  if (ssl_ == nullptr) return;  // out of memory: every call fails
  BIO* const bio = open_socket(socket);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_accept_state(ssl_.get());
}

ServerSession::Result ServerSession::handshake() {
  if (ssl_ == nullptr) return fail();
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_.get());
  const Result result = result_of(returned, 0);
  if (result.status == Status::kFailed && fault_ == HandshakeFault::kNone) {
    fault_ = HandshakeFault::kOther;
  }
  return result;
}

ServerSession::Result ServerSession::read(char* into, std::size_t size) {
  if (ssl_ == nullptr) return fail();
  ERR_clear_error();
  std::size_t count = 0;
  const int returned = SSL_read_ex(ssl_.get(), into, size, &count);
  return result_of(returned, count);
}

ServerSession::Result ServerSession::write(std::string_view bytes) {
  if (ssl_ == nullptr) return fail();
  if (bytes.empty()) return {};
  ERR_clear_error();
  std::size_t count = 0;
  const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
  return result_of(returned, count);
}

ServerSession::Result ServerSession::shutdown() {
  if (ssl_ == nullptr || SSL_in_init(ssl_.get()) != 0) return {};
  ERR_clear_error();
  const int returned = SSL_shutdown(ssl_.get());
  // 0: said, and not yet answered, which nobody waits for.
  return returned >= 0 ? Result{} : result_of(returned, 0);
}

bool ServerSession::has_input() const {
  return ssl_ != nullptr && SSL_pending(ssl_.get()) > 0;
}

std::optional<CertificateName> ServerSession::peer_certificate() const {
  if (ssl_ == nullptr) return std::nullopt;
  return peer_certificate_name(*ssl_);
}

ServerSession::Result ServerSession::result_of(int returned, std::size_t bytes) {
  if (returned > 0) return {Status::kDone, bytes};
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {Status::kWantRead};
    case SSL_ERROR_WANT_WRITE:
      return {Status::kWantWrite};
    case SSL_ERROR_ZERO_RETURN:
    case SSL_ERROR_SYSCALL:
      return {Status::kClosed};
    default:
      return fail();
  }
}

ServerSession::Result ServerSession::fail() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  // A peer that ends without a goodbye.
  if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
      ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return {Status::kClosed};
  }
  const char* reason = ERR_reason_error_string(code);
  error_ = reason != nullptr ? reason : "unknown error";
  if (ssl_ == nullptr || SSL_in_init(ssl_.get()) != 0) fault_ = fault_of(code);
  return {Status::kFailed};
}

}  // namespace millrace::tls
