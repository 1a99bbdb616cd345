// SPDX-License-Identifier: Apache-2.0
#include "registry/service.h"

#include "lib/bus/subjects.h"
#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "registry/admin_key.h"

#include "millrace/identity/v1/api_key.pb.h"

namespace millrace::registry {

RegistryService::RegistryService(const Settings& settings, process::Platform& platform)
    : settings_(settings),
      platform_(platform),
      pool_(database_options(settings), static_cast<std::size_t>(settings.database_connections)),
      keys_(pool_),
      verifier_([this](const std::string& key) { return keys_.find(key); }, platform.clock),
      look_ups_(pool_, platform) {}

absl::Status RegistryService::start(std::stop_token stop) {
  MILLRACE_ASSIGN_OR_RETURN(certificate_,
                            tls::ServerCertificate::load(settings_.tls, "", platform_));
  MILLRACE_ASSIGN_OR_RETURN(const auto revoked_ids, prepare_database(stop));
  MILLRACE_ASSIGN_OR_RETURN(
      bus_,
      bus::Connection::connect({settings_.nats_url, settings_.instance_name}, platform_, stop));
  events_.emplace([this](const std::string& subject,
                         const std::string& bytes) { return bus_->publish(subject, bytes); },
                  platform_);
  if (!revoked_ids.empty()) (void)events_->keys_revoked(revoked_ids);  // logged when lost
  MILLRACE_RETURN_IF_ERROR(watch_revocations());
  handler_.emplace(HandlerParts{pool_, *events_, verifier_, platform_});
  MILLRACE_ASSIGN_OR_RETURN(
      responders_,
      Responders::start(
          *bus_, look_ups_,
          {.look_ups = static_cast<std::size_t>(settings_.look_up_workers),
           .password_checks = static_cast<std::size_t>(settings_.password_check_workers)},
          platform_));
  MILLRACE_ASSIGN_OR_RETURN(
      status_, status::StatusResponder::start(*bus_, {"registry", settings_.instance_name}, nullptr,
                                              platform_));
  MILLRACE_ASSIGN_OR_RETURN(
      server_, rpc::Server::start({.listen = settings_.grpc_listen,
                                   .max_threads = static_cast<int>(settings_.grpc_threads),
                                   .certificate = certificate_},
                                  {&*handler_}, platform_));
  watch_.emplace(pool_, platform_, [this] { server_->set_serving(platform_.readiness.ready()); });
  return absl::OkStatus();
}

void RegistryService::reload() {
  if (certificate_ != nullptr) (void)certificate_->reload();  // logged when it fails
}

absl::StatusOr<std::vector<std::int64_t>> RegistryService::prepare_database(std::stop_token stop) {
  while (true) {
    MILLRACE_RETURN_IF_ERROR(migrate(settings_, platform_, stop));
    auto revoked_ids = ensure_admin_key(
        keys_, {settings_.admin_key_file, settings_.reset_admin_key}, platform_.log);
    if (revoked_ids.ok() || !error::is_retryable(revoked_ids.status())) return revoked_ids;
    // PostgreSQL went away between the two: migrate() waits for it.
    platform_.log.warning("cannot prepare the admin key",
                          {{"cause", error::message(revoked_ids.status())}});
    if (!concurrency::sleep_for(stop, std::chrono::milliseconds{500})) {
      return absl::CancelledError("stopped while waiting for PostgreSQL");
    }
  }
}

absl::Status RegistryService::watch_revocations() {
  MILLRACE_ASSIGN_OR_RETURN(
      revocations_,
      bus_->subscribe(bus::subjects::kApiKeyRevoked, "", [this](const bus::Message& message) {
        identity::v1::ApiKeyEvent event;
        if (!event.ParseFromArray(message.payload.data(),
                                  static_cast<int>(message.payload.size()))) {
          return verifier_.forget_all();
        }
        verifier_.forget({event.key_ids().begin(), event.key_ids().end()});
      }));
  bus_->on_reconnect([this] { verifier_.forget_all(); });
  return absl::OkStatus();
}

void RegistryService::stop(std::chrono::milliseconds deadline) {
  // First whatever takes something new, then what may wait for PostgreSQL.
  if (watch_.has_value()) watch_->request_stop();
  if (responders_ != nullptr) responders_->take_no_more();
  if (server_ != nullptr) server_->stop(deadline);
  watch_.reset();  // reports to the server
  server_.reset();
  status_.reset();
  responders_.reset();
  handler_.reset();
  revocations_.reset();
  events_.reset();
  bus_.reset();
}

}  // namespace millrace::registry
