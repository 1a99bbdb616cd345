// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/tls_credentials.h"

#include <utility>

#include <grpc/grpc.h>

namespace millrace::rpc {

TlsCredentials::TlsCredentials(std::shared_ptr<tls::ServerCertificate> certificate)
    : certificate_(std::move(certificate)),
      native_(grpc_ssl_server_credentials_create_with_options(
          grpc_ssl_server_credentials_create_options_using_config_fetcher(
              GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE, &TlsCredentials::fetch, this))) {}

TlsCredentials::~TlsCredentials() {
  grpc_server_credentials_release(native_);
}

int TlsCredentials::AddPortToServer(const std::string& address, grpc_server* server) {
  return grpc_server_add_http2_port(server, address.c_str(), native_);
}

grpc_ssl_certificate_config_reload_status TlsCredentials::fetch(
    void* self, grpc_ssl_server_certificate_config** config) {
  auto& credentials = *static_cast<TlsCredentials*>(self);
  auto current = credentials.certificate_->current();
  concurrency::MutexLock lock(credentials.mutex_);
  if (current == credentials.handed_out_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  const grpc_ssl_pem_key_cert_pair pair{current->pair.key.c_str(),
                                        current->pair.certificate.c_str()};
  // The first argument is for certificates of clients, which nobody asks for; but gRPC 1.51 asserts
  // that it is there.
  *config = grpc_ssl_server_certificate_config_create(pair.cert_chain, &pair, 1);
  credentials.handed_out_ = std::move(current);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

}  // namespace millrace::rpc
