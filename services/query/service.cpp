// SPDX-License-Identifier: Apache-2.0
#include "query/service.h"

#include <algorithm>

#include "lib/error/error.h"
#include "query/stream_moment.h"

namespace millrace::query {
namespace {

// Beside the calls of ours: health, reflection, and gRPC's own pollers.
constexpr int kFurtherThreads = 8;
constexpr int kMaxMessageBytes = 64 << 20;
// A gateway has the subscriptions of many browsers on one connection.
constexpr int kCallsPerConnection = 1000;

postgres::ConnectionOptions database_options(const Settings& settings) {
  postgres::ConnectionOptions options;
  options.url = settings.database_url;
  options.application_name = "millrace " + settings.instance_name;
  options.statement_timeout = settings.statement_timeout;
  return options;
}

// Room for what all calls hand over at a time.
bus::PublisherOptions publisher_options(const Settings& settings) {
  bus::PublisherOptions options;
  options.max_in_flight = static_cast<std::size_t>(settings.max_calls * kRejectedRowsPerStatement);
  return options;
}

}  // namespace

QueryService::QueryService(const Settings& settings, process::Platform& platform)
    : settings_(settings), platform_(platform) {}

QueryService::~QueryService() = default;

absl::Status QueryService::start(std::stop_token stop) {
  MILLRACE_ASSIGN_OR_RETURN(certificate_,
                            tls::ServerCertificate::load(settings_.tls, "", platform_));
  // Calls are answered from here on, with UNAVAILABLE while PostgreSQL is away.
  MILLRACE_ASSIGN_OR_RETURN(
      bus_,
      bus::Connection::connect({settings_.nats_url, settings_.instance_name}, platform_, stop));
  MILLRACE_ASSIGN_OR_RETURN(keys_, registry_client::make_key_directory(*bus_, platform_));
  MILLRACE_ASSIGN_OR_RETURN(applications_,
                            registry_client::RulesDirectory::create(*bus_, platform_));
  pool_ = std::make_unique<postgres::Pool>(
      database_options(settings_), static_cast<std::size_t>(settings_.database_connections));
  calls_ = std::make_unique<rpc::Calls>(platform_, *keys_);
  watch_ =
      std::make_unique<CallWatch>(CallLimits{static_cast<std::size_t>(settings_.max_calls),
                                             static_cast<std::size_t>(calls_per_key(settings_)),
                                             settings_.call_timeout, settings_.stall_timeout},
                                  platform_);
  watch_->start();
  MILLRACE_ASSIGN_OR_RETURN(publisher_,
                            bus::Publisher::create(*bus_, publisher_options(settings_), platform_));
  stream_ = std::make_unique<SampleStream>(*publisher_);
  start_live();
  handler_ = std::make_unique<QueryHandler>(QueryParts{*pool_, settings_.connection_wait,
                                                       *applications_, *bus_, *calls_, *watch_,
                                                       *stream_, *subscribers_, platform_});
  grafana_v1_ = std::make_unique<GrafanaV1Handler>(*handler_);
  grafana_v3_ = std::make_unique<GrafanaV3Handler>(*handler_);
  MILLRACE_ASSIGN_OR_RETURN(
      status_, status::StatusResponder::start(*bus_, {"query", settings_.instance_name}, nullptr,
                                              platform_));
  rpc::ServerOptions options;
  options.listen = settings_.grpc_listen;
  options.max_threads = static_cast<int>(settings_.max_calls) + kFurtherThreads;
  options.max_message_bytes = kMaxMessageBytes;
  options.calls_per_connection = kCallsPerConnection;
  options.certificate = certificate_;
  MILLRACE_ASSIGN_OR_RETURN(
      server_, rpc::Server::start(options, {handler_.get(), grafana_v1_.get(), grafana_v3_.get()},
                                  platform_));
  database_ = std::make_unique<DatabaseWatch>(
      database_options(settings_), [this](bool ready) { server_->set_serving(ready); }, platform_);
  database_->start();
  return database_->wait_until_ready(stop);
}

void QueryService::reload() {
  if (certificate_ != nullptr) (void)certificate_->reload();  // logged when it fails
}

void QueryService::start_live() {
  feed_ = std::make_unique<LiveFeed>(
      *bus_, [this] { return look_at_stream(*bus_, *pool_, settings_.connection_wait); },
      platform_);
  feed_->start();
  SubscriberLimits limits;
  limits.subscriptions = static_cast<std::size_t>(settings_.max_subscriptions);
  limits.per_key = static_cast<std::size_t>(settings_.max_subscriptions_per_key);
  limits.stall_timeout = settings_.stall_timeout;
  // Readings leave connections to calls.
  limits.threads =
      std::clamp<std::size_t>(static_cast<std::size_t>(settings_.database_connections) / 2, 1, 4);
  subscribers_ = std::make_unique<Subscribers>(
      SubscriberParts{*pool_, settings_.connection_wait, *applications_, *keys_, *calls_, *feed_,
                      platform_},
      limits);
  subscribers_->start();
}

void QueryService::stop(std::chrono::milliseconds deadline) {
  status_.reset();
  // They would go on for ever.
  if (subscribers_ != nullptr) subscribers_->end_all();
  // First what takes new calls, then what may wait for PostgreSQL.
  if (database_ != nullptr) database_->request_stop();
  if (server_ != nullptr) server_->stop(deadline);
  if (database_ != nullptr) database_->stop();
  // After the server: it cancels what the last calls wait for.
  if (watch_ != nullptr) watch_->stop();
  if (subscribers_ != nullptr) subscribers_->stop();
  if (feed_ != nullptr) feed_->stop();
}

}  // namespace millrace::query
