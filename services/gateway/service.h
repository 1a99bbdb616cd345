// SPDX-License-Identifier: Apache-2.0
//
// The composition of the gateway: members in the order of their making.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "gateway/bus_status.h"
#include "gateway/connect_handler.h"
#include "gateway/epts_handler.h"
#include "gateway/open_streams.h"
#include "gateway/rpc_methods.h"
#include "gateway/settings.h"
#include "gateway/upstreams.h"
#include "gateway/web_files.h"
#include "lib/http/server.h"
#include "lib/process/run.h"
#include "lib/rpc/generic_call.h"
#include "lib/tls/server_certificate.h"

namespace millrace::gateway {

class GatewayService final : public process::Service {
 public:
  // `files`: the dashboard's; they must outlive the service.
  GatewayService(const Settings& settings, std::span<const EmbeddedFile> files,
                 process::Platform& platform);
  ~GatewayService() override;

  absl::Status start(std::stop_token stop) override;
  void reload() override;
  void stop(std::chrono::milliseconds deadline) override;

 private:
  absl::Status listen();

  const Settings settings_;
  const std::span<const EmbeddedFile> files_;
  process::Platform& platform_;
  std::shared_ptr<tls::ServerCertificate> certificate_;  // nullptr: plain HTTP
  std::unique_ptr<rpc::GenericCaller> query_;
  std::unique_ptr<rpc::GenericCaller> registry_;
  std::optional<Upstreams> upstreams_;
  std::optional<RpcMethods> methods_;
  std::optional<OpenStreams> streams_;
  std::optional<ConnectHandler> connect_;
  std::optional<EptsHandler> epts_;
  std::optional<BusStatus> status_;
  std::unique_ptr<http::Server> server_;  // last: its threads call the others
};

}  // namespace millrace::gateway
