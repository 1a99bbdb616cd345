// SPDX-License-Identifier: Apache-2.0
//
// What the integration tests share: a fresh schema in the database of --database-url, the stores
// over it, and the NATS server of --nats-url.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/test/server_context_test_spouse.h>

#include "lib/bus/connection.h"
#include "registry/database.h"
#include "registry/registry_handler.h"

namespace millrace::registry {

struct ItestServers {
  std::string database_url;
  std::string nats_url;
};
const ItestServers& itest_servers();

// The schema is new for each test.
class RegistryItest : public ::testing::Test {
 protected:
  RegistryItest();

  std::unique_ptr<bus::Connection> connect_to_nats();
  postgres::Result sql(const std::string& statement);

  // Calls a method of the handler with a valid key.
  template <class Request, class Response>
  grpc::Status call(grpc::Status (RegistryHandler::*method)(grpc::ServerContext*, const Request*,
                                                            Response*),
                    const Request& request, Response& response) {
    grpc::ServerContext context;
    grpc::testing::ServerContextTestSpouse spouse(&context);
    spouse.AddClientMetadata("authorization", "Bearer " + key_);
    return (handler_.*method)(&context, &request, &response);
  }

  // An application "app" with version "v1".
  void make_app_version() { make_application("app", "v1"); }
  void make_application(const std::string& name, const std::string& version_name);
  // An endpoint of "v1".
  v1::CreateEndpointResponse make_endpoint(const std::string& endpoint_id);

  log::Logger log_{"itest", log::Level::kError};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::SystemClock clock_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  Settings settings_;
  postgres::Pool pool_;
  ApplicationStore applications_{pool_};
  SeriesRulesStore rules_{pool_};
  AppVersionStore versions_{pool_};
  EndpointStore endpoints_{pool_};
  TokenStore tokens_{pool_};
  DashboardStore dashboards_{pool_};
  KeyStore keys_{pool_};
  // What was published: subject, bytes. It fails with `publish_outcome_`.
  std::vector<std::pair<std::string, std::string>> published_;
  absl::Status publish_outcome_;
  Events events_;
  OwnKeyVerifier verifier_;
  RegistryHandler handler_;
  const std::string key_ = "mr_itest";
};

}  // namespace millrace::registry
