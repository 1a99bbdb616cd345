// SPDX-License-Identifier: Apache-2.0
//
// TLS for a gRPC server whose certificate may be replaced while it runs. Internal to lib/rpc.
#pragma once

#include <memory>
#include <string>

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include "lib/concurrency/mutex.h"
#include "lib/tls/server_certificate.h"

namespace millrace::rpc {

// gRPC asks it at each handshake for the certificate. grpcpp has a provider that watches files
// (experimental), but it takes whatever stands there: half of a change, or nothing.
// Must outlive the server.
class TlsCredentials final : public grpc::ServerCredentials {
 public:
  explicit TlsCredentials(std::shared_ptr<tls::ServerCertificate> certificate);
  ~TlsCredentials() override;

  // We look at each call's metadata ourselves (authentication.cpp).
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  static grpc_ssl_certificate_config_reload_status fetch(
      void* self, grpc_ssl_server_certificate_config** config);
  int AddPortToServer(const std::string& address, grpc_server* server) override;

  const std::shared_ptr<tls::ServerCertificate> certificate_;
  concurrency::Mutex mutex_;
  std::shared_ptr<const tls::ServerCertificate::Loaded> handed_out_ ABSL_GUARDED_BY(mutex_);
  grpc_server_credentials* const native_;
};

}  // namespace millrace::rpc
