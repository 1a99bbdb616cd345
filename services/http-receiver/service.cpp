// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/service.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::http_receiver {

HttpReceiver::HttpReceiver(const Settings& settings, process::Platform& platform)
    : settings_(settings), platform_(platform), refusals_(platform.metrics) {}

HttpReceiver::~HttpReceiver() {
  HttpReceiver::stop(std::chrono::milliseconds{0});
}

absl::Status HttpReceiver::start(std::stop_token stop) {
  // First: a wrong file is told at once, however long the bus is waited for.
  if (settings_.https_listen.has_value()) {
    MILLRACE_ASSIGN_OR_RETURN(
        certificate_,
        tls::ServerCertificate::load(settings_.certificate, http::kAlpnProtocols, platform_));
  }
  // No session is bound to a token, so a revocation cuts nothing here.
  MILLRACE_ASSIGN_OR_RETURN(
      intake_, intake::Intake::create(settings_.intake, {}, platform_, std::move(stop)));
  uploads_.emplace(*intake_, static_cast<std::size_t>(settings_.intake.max_upload_bytes),
                   refusals_);
  routes_.emplace(*uploads_, cors_rules(allowed_origins(settings_)), refusals_);
  return listen();
}

absl::Status HttpReceiver::listen() {
  http::ServerOptions options = server_options(settings_, certificate_);
  const std::vector<http::Listener> listeners = options.listeners;
  options.refuse = [this](const http::RefusedRequest& refused) { return routes_->refuse(refused); };
  absl::StatusOr<std::unique_ptr<http::Server>> server = http::Server::create(
      std::move(options),
      [this](http::Request request, http::Reply reply) {
        routes_->handle(std::move(request), std::move(reply));
      },
      platform_);
  if (!server.ok()) {
    return absl::Status(
        server.status().code(),
        fmt::format("{}; free the address or set another http-listen or https-listen",
                    error::message(server.status())));
  }
  server_ = *std::move(server);
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    platform_.log.info("listening",
                       {{"what", listeners[i].certificate == nullptr ? "http" : "https"},
                        {"port", server_->port(i)}});
  }
  return absl::OkStatus();
}

void HttpReceiver::reload() {
  // A certificate that cannot be used is in the log then, and the old one stays.
  if (certificate_ != nullptr) static_cast<void>(certificate_->reload());
}

void HttpReceiver::stop(std::chrono::milliseconds deadline) {
  // Also waits for the answers of what was received.
  if (server_ != nullptr && !server_->stop(deadline)) {
    platform_.log.warning("uploads abandoned: they had no answer from the bus in time",
                          {{"deadline_ms", deadline.count()}});
  }
  // The intake first: it still calls replies, which the server must be there for.
  intake_.reset();
  server_.reset();
}

}  // namespace millrace::http_receiver
