// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/server_context.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>  // Boost 1.74's Asio uses std::exchange without it

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace millrace::tls {
namespace {

constexpr char kTls12Ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

absl::Status refused(const char* what) {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return absl::InvalidArgumentError(
      fmt::format("cannot use the {}: {}", what, reason != nullptr ? reason : "unknown error"));
}

bool harden(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1;
}

Bio open_text(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

bool use_certificates(SSL_CTX* context, const std::string& text) {
  const Bio bio = open_text(text);
  const Certificate own(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  while (true) {
    const Certificate next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    if (next == nullptr) break;
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return false;
  }
  ERR_clear_error();  // the end of the text is one
  return true;
}

bool use_key(SSL_CTX* context, const std::string& text) {
  const Bio bio = open_text(text);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  return key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

// An authority of devices and one or two in between.
constexpr int kMaxChain = 8;

bool verify_clients(SSL_CTX* context, const ClientVerification& clients) {
  const Bio bio = open_text(clients.authorities);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  while (true) {
    const Certificate one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    if (one == nullptr) break;
    // The names go to clients, so that one with several certificates can choose.
    if (X509_STORE_add_cert(store, one.get()) != 1) return false;
    if (SSL_CTX_add_client_CA(context, one.get()) != 1) return false;
  }
  ERR_clear_error();  // the end of the text is one
  SSL_CTX_set_verify(
      context, SSL_VERIFY_PEER | (clients.required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  SSL_CTX_set_verify_depth(context, kMaxChain);
  // Without a name for its sessions OpenSSL refuses every resumption where clients are verified. A
  // new context has new keys for tickets: nobody resumes past authorities that were taken away.
  constexpr unsigned char kName[] = "millrace";
  return SSL_CTX_set_session_id_context(context, kName, sizeof kName) == 1;
}

// Points `out` at the name among what the client offers; false: it does not offer it.
bool choose(std::string_view name, std::string_view offered, const unsigned char** out,
            unsigned char* out_length) {
  // A list of names, each behind a byte with its length; OpenSSL has checked that.
  while (!offered.empty()) {
    const std::size_t length = static_cast<unsigned char>(offered.front());
    const std::string_view one = offered.substr(1, length);
    if (one == name) {
      *out = reinterpret_cast<const unsigned char*>(one.data());
      *out_length = static_cast<unsigned char>(length);
      return true;
    }
    offered.remove_prefix(1 + length);
  }
  return false;
}

// `protocols`: characters that end in 0.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* offered, unsigned int offered_length, void* protocols) {
  std::string_view ours(static_cast<const char*>(protocols));
  while (!ours.empty()) {
    const std::size_t comma = std::min(ours.find(','), ours.size());
    if (choose(ours.substr(0, comma), {reinterpret_cast<const char*>(offered), offered_length}, out,
               out_length)) {
      return SSL_TLSEXT_ERR_OK;
    }
    ours.remove_prefix(std::min(comma + 1, ours.size()));
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> make_server_context(
    const KeyPair& pair, const char* protocol, const ClientVerification& clients) {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr || !harden(context.get())) return refused("TLS library");
  if (!use_certificates(context.get(), pair.certificate)) return refused("certificate");
  if (!use_key(context.get(), pair.key)) return refused("private key");
  if (!clients.authorities.empty() && !verify_clients(context.get(), clients)) {
    return refused("client authorities");
  }
  if (*protocol != '\0') {
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, const_cast<char*>(protocol));
  }
  return std::make_shared<boost::asio::ssl::context>(context.release());
}

}  // namespace millrace::tls
