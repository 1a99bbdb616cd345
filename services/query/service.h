// SPDX-License-Identifier: Apache-2.0
//
// The composition of query: members in the order of their making.
#pragma once

#include <memory>

#include "lib/bus/connection.h"
#include "lib/bus/publisher.h"
#include "lib/postgres/pool.h"
#include "lib/process/run.h"
#include "lib/registry_client/key_directory.h"
#include "lib/registry_client/rules_directory.h"
#include "lib/rpc/server.h"
#include "lib/status/status_responder.h"
#include "query/call_watch.h"
#include "query/database_watch.h"
#include "query/grafana_calls.h"
#include "query/live_feed.h"
#include "query/query_handler.h"
#include "query/settings.h"
#include "query/subscribers.h"

namespace millrace::query {

class QueryService final : public process::Service {
 public:
  QueryService(const Settings& settings, process::Platform& platform);
  ~QueryService() override;

  absl::Status start(std::stop_token stop) override;
  void reload() override;
  void stop(std::chrono::milliseconds deadline) override;

 private:
  void start_live();

  const Settings settings_;
  process::Platform& platform_;
  std::unique_ptr<bus::Connection> bus_;
  std::unique_ptr<rpc::KeyVerifier> keys_;
  std::unique_ptr<registry_client::RulesDirectory> applications_;
  std::unique_ptr<postgres::Pool> pool_;
  std::unique_ptr<rpc::Calls> calls_;
  std::unique_ptr<CallWatch> watch_;
  std::unique_ptr<bus::Publisher> publisher_;
  std::unique_ptr<SampleStream> stream_;
  std::unique_ptr<LiveFeed> feed_;
  std::unique_ptr<Subscribers> subscribers_;
  std::unique_ptr<QueryHandler> handler_;
  std::unique_ptr<GrafanaV1Handler> grafana_v1_;
  std::unique_ptr<GrafanaV3Handler> grafana_v3_;
  std::unique_ptr<status::StatusResponder> status_;
  std::shared_ptr<tls::ServerCertificate> certificate_;  // nullptr: not encrypted
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<DatabaseWatch> database_;
};

}  // namespace millrace::query
