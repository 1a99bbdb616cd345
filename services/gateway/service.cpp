// SPDX-License-Identifier: Apache-2.0
#include "gateway/service.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "gateway/answer.h"
#include "gateway/page_settings.h"
#include "gateway/routes.h"
#include "lib/error/error.h"

namespace millrace::gateway {
namespace {

// For streams that end by themselves; browsers open the others anew.
constexpr std::chrono::milliseconds kStreamGrace{1000};

}  // namespace

GatewayService::GatewayService(const Settings& settings, std::span<const EmbeddedFile> files,
                               process::Platform& platform)
    : settings_(settings), files_(files), platform_(platform) {}

GatewayService::~GatewayService() {
  GatewayService::stop(std::chrono::milliseconds{0});
}

absl::Status GatewayService::start(std::stop_token) {
  MILLRACE_RETURN_IF_ERROR(check(settings_));
  MILLRACE_ASSIGN_OR_RETURN(
      certificate_,
      tls::ServerCertificate::load(settings_.certificate, http::kAlpnProtocols, platform_));
  MILLRACE_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials,
                            rpc::channel_credentials(settings_.grpc_tls));
  query_ =
      rpc::make_generic_caller(channel_options(settings_, settings_.query_address, credentials),
                               {"query", "query-address"}, call_limits(settings_), platform_);
  registry_ =
      rpc::make_generic_caller(channel_options(settings_, settings_.registry_address, credentials),
                               {"registry", "registry-address"}, call_limits(settings_), platform_);
  upstreams_.emplace(*query_, *registry_);
  methods_.emplace(*upstreams_);
  streams_.emplace(platform_.metrics);
  connect_.emplace(
      *methods_, *streams_,
      ConnectLimits{settings_.call_timeout, static_cast<std::size_t>(settings_.max_request_bytes)},
      platform_);
  epts_.emplace(
      *upstreams_,
      EptsLimits{settings_.call_timeout, static_cast<std::size_t>(settings_.max_request_bytes),
                 connect_limits(settings_).streams_per_key},
      platform_);
  status_.emplace(settings_.nats_url, settings_.instance_name, platform_);
  status_->start();
  return listen();
}

absl::Status GatewayService::listen() {
  Parts parts;
  parts.connect = [this](http::Request request, const http::Reply& reply) {
    connect_->handle(std::move(request), reply);
  };
  parts.epts = [this](const http::Request& request, const http::Reply& reply) {
    epts_->handle(request, reply);
  };
  parts.settings = make_page_settings({settings_.device_http_url, settings_.device_mqtt_url});
  parts.files = make_web_files(files_);
  const bool over_tls = certificate_ != nullptr;
  http::ServerOptions options = server_options(settings_);
  options.listeners.front().certificate = certificate_;
  options.refuse =
      [over_tls, cors = cors_rules(allowed_sites(settings_))](const http::RefusedRequest& refused) {
        http::Response response = error_answer(refused.status, refused.reason);
        http::allow_origin(cors, refused.head.headers.get("Origin"), response);
        add_security_headers(response, over_tls);
        return response;
      };
  absl::StatusOr<std::unique_ptr<http::Server>> server = http::Server::create(
      std::move(options), make_routes(std::move(parts), allowed_sites(settings_), over_tls),
      platform_);
  if (!server.ok()) {
    return absl::Status(server.status().code(),
                        fmt::format("{}; free the address or set another http-listen",
                                    error::message(server.status())));
  }
  server_ = *std::move(server);
  platform_.log.info("listening", {{"what", "http"}, {"port", server_->port()}, {"tls", over_tls}});
  return absl::OkStatus();
}

void GatewayService::reload() {
  // A certificate that cannot be used is in the log then, and the old one stays.
  if (certificate_ != nullptr) static_cast<void>(certificate_->reload());
}

void GatewayService::stop(std::chrono::milliseconds deadline) {
  if (status_) status_->stop();
  if (streams_) streams_->stop(std::min(deadline, kStreamGrace));
  if (server_ != nullptr && !server_->stop(deadline)) {
    platform_.log.warning("requests abandoned: they were not answered in time",
                          {{"deadline_ms", deadline.count()}});
  }
  // They still call replies, which the server must be there for.
  if (query_ != nullptr) query_->stop();
  if (registry_ != nullptr) registry_->stop();
  server_.reset();
}

}  // namespace millrace::gateway
