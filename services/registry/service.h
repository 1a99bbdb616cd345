// SPDX-License-Identifier: Apache-2.0
//
// The registry put together: members in order of dependence, start and stop.
#pragma once

#include <memory>
#include <optional>

#include "lib/bus/connection.h"
#include "lib/postgres/pool.h"
#include "lib/process/run.h"
#include "lib/rpc/server.h"
#include "lib/status/status_responder.h"
#include "registry/database.h"
#include "registry/database_watch.h"
#include "registry/events.h"
#include "registry/key_store.h"
#include "registry/key_verifier.h"
#include "registry/look_ups.h"
#include "registry/registry_handler.h"
#include "registry/responders.h"
#include "registry/settings.h"

namespace millrace::registry {

class RegistryService final : public process::Service {
 public:
  RegistryService(const Settings& settings, process::Platform& platform);

  absl::Status start(std::stop_token stop) override;
  void reload() override;
  void stop(std::chrono::milliseconds deadline) override;

 private:
  // Waits while PostgreSQL is away.
  absl::StatusOr<std::vector<std::int64_t>> prepare_database(std::stop_token stop);
  absl::Status watch_revocations();

  const Settings settings_;
  process::Platform& platform_;
  postgres::Pool pool_;
  KeyStore keys_;
  OwnKeyVerifier verifier_;
  LookUps look_ups_;
  // Made by start(), unmade by stop() in reverse order.
  std::unique_ptr<bus::Connection> bus_;
  std::optional<Events> events_;
  std::unique_ptr<bus::Subscription> revocations_;
  std::optional<RegistryHandler> handler_;
  std::unique_ptr<Responders> responders_;
  std::unique_ptr<status::StatusResponder> status_;
  std::shared_ptr<tls::ServerCertificate> certificate_;  // nullptr: not encrypted
  std::unique_ptr<rpc::Server> server_;
  std::optional<DatabaseWatch> watch_;
};

}  // namespace millrace::registry
