// SPDX-License-Identifier: Apache-2.0
//
// The certificate that a server shows, from files that may be replaced while it runs.
#pragma once

#include <memory>

#include <absl/status/statusor.h>
#include <boost/asio/ssl/context.hpp>

#include "lib/concurrency/mutex.h"
#include "lib/process/platform.h"
#include "lib/tls/certificate_files.h"
#include "lib/tls/client_authentication.h"
#include "lib/tls/pem.h"

namespace millrace::tls {

// Safe to use from any thread.
class ServerCertificate {
 public:
  struct Loaded {
    KeyPair pair;                                        // for gRPC
    std::shared_ptr<boost::asio::ssl::context> context;  // for Asio
  };

  // nullptr when no files are given: connections are not encrypted then. `protocol` as in
  // make_server_context(). Any failure names the file and what is wrong.
  static absl::StatusOr<std::shared_ptr<ServerCertificate>> load(
      const CertificateFiles& files, const char* protocol, process::Platform& platform,
      const ClientAuthentication& clients = {});

  // For the next handshake. Connections keep what they began with.
  std::shared_ptr<const Loaded> current() const;

  // Reads the files again, that of the clients' authorities too. When they cannot be used the old
  // certificate stays, and the log says why: a mistake in a file must not end what works.
  absl::Status reload();

 private:
  ServerCertificate(CertificateFiles files, const char* protocol, process::Platform& platform,
                    ClientAuthentication clients);

  absl::StatusOr<std::shared_ptr<const Loaded>> read() const;
  void put(std::shared_ptr<const Loaded> loaded);

  const CertificateFiles files_;
  const char* const protocol_;
  const ClientAuthentication clients_;
  process::Platform& platform_;
  const metrics::Gauge expires_at_;
  const metrics::Counter failed_reloads_;
  mutable concurrency::Mutex mutex_;
  std::shared_ptr<const Loaded> current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::tls
