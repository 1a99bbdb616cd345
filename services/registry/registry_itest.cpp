// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <fmt/format.h>

#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

ItestServers& servers() {
  static ItestServers servers;
  return servers;
}

Settings settings_for_itest() {
  Settings settings;
  settings.database_url = servers().database_url;
  settings.nats_url = servers().nats_url;
  return settings;
}

}  // namespace

const ItestServers& itest_servers() {
  return servers();
}

RegistryItest::RegistryItest()
    : settings_(settings_for_itest()),
      pool_(database_options(settings_), 8),
      events_(
          [this](const std::string& subject, const std::string& bytes) {
            published_.emplace_back(subject, bytes);
            return publish_outcome_;
          },
          platform_),
      verifier_([this](const std::string& key) { return keys_.find(key); }, clock_),
      handler_({pool_, events_, verifier_, platform_}) {
  sql("DROP SCHEMA IF EXISTS registry CASCADE");
  EXPECT_TRUE(migrate(settings_, platform_, {}).ok());
  EXPECT_TRUE(keys_.create("itest", rpc::sha256(key_)).ok());
}

std::unique_ptr<bus::Connection> RegistryItest::connect_to_nats() {
  auto connection = bus::Connection::connect({settings_.nats_url, "itest"}, platform_, {});
  EXPECT_TRUE(connection.ok()) << connection.status();
  return *std::move(connection);
}

postgres::Result RegistryItest::sql(const std::string& statement) {
  auto connection = pool_.acquire(kConnectionWait);
  EXPECT_TRUE(connection.ok()) << connection.status();
  auto result = (*connection)->execute(statement);
  EXPECT_TRUE(result.ok()) << result.status();
  return *std::move(result);
}

void RegistryItest::make_application(const std::string& name, const std::string& version_name) {
  v1::CreateApplicationRequest application;
  application.set_name(name);
  EXPECT_TRUE(applications_.create(application, {}).ok());
  v1::CreateAppVersionRequest version;
  version.set_application_name(name);
  version.set_name(version_name);
  EXPECT_TRUE(versions_.create(version).ok());
}

v1::CreateEndpointResponse RegistryItest::make_endpoint(const std::string& endpoint_id) {
  v1::CreateEndpointRequest request;
  request.set_app_version_name("v1");
  request.set_endpoint_id(endpoint_id);
  v1::CreateEndpointResponse response;
  const grpc::Status status = call(&RegistryHandler::CreateEndpoint, request, response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

}  // namespace millrace::registry

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  auto& servers = millrace::registry::servers();
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    constexpr std::string_view kDatabase = "--database-url=";
    constexpr std::string_view kNats = "--nats-url=";
    if (flag.starts_with(kDatabase)) servers.database_url = flag.substr(kDatabase.size());
    if (flag.starts_with(kNats)) servers.nats_url = flag.substr(kNats.size());
  }
  if (servers.database_url.empty() || servers.nats_url.empty()) {
    fmt::print(stderr, "usage: {} --database-url=postgresql://… --nats-url=nats://…\n", argv[0]);
    return 2;
  }
  return RUN_ALL_TESTS();
}
