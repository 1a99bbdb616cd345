// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/server_certificate.h"

#include <utility>

#include "lib/error/error.h"
#include "lib/time/timestamp.h"
#include "lib/tls/server_context.h"

namespace millrace::tls {

ServerCertificate::ServerCertificate(CertificateFiles files, const char* protocol,
                                     process::Platform& platform, ClientAuthentication clients)
    : files_(std::move(files)),
      protocol_(protocol),
      clients_(std::move(clients)),
      platform_(platform),
      expires_at_(platform.metrics.gauge("millrace_tls_certificate_expiry_time_seconds",
                                         "When the certificate in use expires, in Unix time.")),
      failed_reloads_(platform.metrics.counter(
          "millrace_tls_failed_reloads_total",
          "Certificates that could not be used when they were to replace another one.")) {}

absl::StatusOr<std::shared_ptr<ServerCertificate>> ServerCertificate::load(
    const CertificateFiles& files, const char* protocol, process::Platform& platform,
    const ClientAuthentication& clients) {
  if (!files.given()) return nullptr;
  std::shared_ptr<ServerCertificate> certificate(
      new ServerCertificate(files, protocol, platform, clients));
  MILLRACE_ASSIGN_OR_RETURN(auto loaded, certificate->read());
  certificate->put(std::move(loaded));
  return certificate;
}

std::shared_ptr<const ServerCertificate::Loaded> ServerCertificate::current() const {
  concurrency::MutexLock lock(mutex_);
  return current_;
}

absl::Status ServerCertificate::reload() {
  auto loaded = read();
  if (!loaded.ok()) {
    failed_reloads_.increment();
    platform_.log.error("certificate not reloaded, the old one stays",
                        {{"error", error::message(loaded.status())}});
    return loaded.status();
  }
  put(*std::move(loaded));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const ServerCertificate::Loaded>> ServerCertificate::read() const {
  auto loaded = std::make_shared<Loaded>();
  MILLRACE_ASSIGN_OR_RETURN(loaded->pair, read_key_pair(files_));
  ClientVerification clients{.authorities = {}, .required = clients_.required()};
  if (clients_.asked()) {
    MILLRACE_ASSIGN_OR_RETURN(clients.authorities, read_authorities(clients_.authorities));
  }
  auto context = make_server_context(loaded->pair, protocol_, clients);
  if (!context.ok()) return error::prefixed(files_.certificate, context.status());
  loaded->context = *std::move(context);
  return loaded;
}

void ServerCertificate::put(std::shared_ptr<const Loaded> loaded) {
  const time::UnixMicros end = loaded->pair.not_after;
  expires_at_.set(std::chrono::duration<double>(end.time_since_epoch()).count());
  {
    concurrency::MutexLock lock(mutex_);
    current_ = std::move(loaded);
  }
  platform_.log.info("certificate loaded",
                     {{"file", files_.certificate}, {"expires_at", time::format_rfc3339(end)}});
  // Clients refuse it, but a server that does not start mends nothing.
  if (end <= platform_.clock.now()) {
    platform_.log.warning("certificate has expired", {{"file", files_.certificate},
                                                      {"expires_at", time::format_rfc3339(end)}});
  }
}

}  // namespace millrace::tls
