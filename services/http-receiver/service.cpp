// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/service.h"

#include <utility>

#include "http-receiver/routes.h"
#include "lib/error/error.h"

namespace millrace::http_receiver {

HttpReceiver::HttpReceiver(const Settings& settings, process::Platform& platform)
    : settings_(settings), platform_(platform) {}

HttpReceiver::~HttpReceiver() {
  HttpReceiver::stop(std::chrono::milliseconds{0});
}

absl::Status HttpReceiver::start(std::stop_token stop) {
  // No session is bound to a token, so a revocation cuts nothing here.
  MILLRACE_ASSIGN_OR_RETURN(
      intake_, intake::Intake::create(settings_.intake, {}, platform_, std::move(stop)));
  uploads_.emplace(*intake_, static_cast<std::size_t>(settings_.intake.max_upload_bytes));
  http::ServerOptions options = server_options(settings_);
  options.on_refused = [this](std::string_view path, int status, const std::string& reason) {
    uploads_->note_unread(path, status, reason);
  };
  absl::StatusOr<std::unique_ptr<http::Server>> server =
      http::Server::create(std::move(options), make_routes(*uploads_), platform_);
  if (!server.ok()) {
    return absl::Status(
        server.status().code(),
        error::message(server.status()) + "; free the address or set another http-listen");
  }
  server_ = *std::move(server);
  platform_.log.info("listening", {{"what", "http"}, {"port", server_->port()}});
  return absl::OkStatus();
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
