// SPDX-License-Identifier: Apache-2.0
#include "lib/http/server.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "lib/http/cpprest.h"
#include "lib/http/cpprest_door.h"
#include "lib/http/transport.h"

namespace millrace::http {
namespace {

using web::http::http_request;
using web::http::experimental::details::http_server_api;
using web::http::experimental::listener::http_listener;

class CpprestServer final : public Server {
 public:
  CpprestServer(ServerOptions options, Handler handler, process::Platform& platform)
      : handler_(std::move(handler)),
        listener_(web::uri("http://0.0.0.0/")),  // the transport knows the address
        transport_(
            std::move(options),
            [this](ReceivedRequest received) {
              registered_->handle_request(to_cpprest(std::move(received)));
            },
            platform) {
    const auto handle = [this](const http_request& request) { this->handle(request); };
    listener_.support(handle);
    // cpprestsdk would answer these two by itself: OPTIONS with 200, TRACE with an echo.
    listener_.support(web::http::methods::OPTIONS, handle);
    listener_.support(web::http::methods::TRCE, handle);
  }

  ~CpprestServer() override {
    transport_.drain(std::chrono::milliseconds{0});
    try {
      if (open_) listener_.close().wait();
      http_server_api::unregister_server_api();
    } catch (const std::exception&) {
      // Neither fails with our door beneath; a destructor could do nothing about it.
    }
  }

  absl::Status start() {
    http_server_api::register_server_api(std::make_unique<CpprestDoor>(registered_));
    listener_.open().wait();
    open_ = true;
    return transport_.start();
  }

  std::uint16_t port(std::size_t listener) const override { return transport_.port(listener); }
  bool stop(std::chrono::milliseconds deadline) override { return transport_.drain(deadline); }

 private:
  void handle(const http_request& request) {
    handler_(exchange_of(request)->take_request(), [request](Response response) {
      try {
        const auto status = static_cast<web::http::status_code>(response.status);
        // Gone with the first answer.
        if (Exchange* const exchange = exchange_of(request); exchange != nullptr) {
          exchange->prepare(std::move(response));
        }
        request.reply(web::http::http_response(status));
      } catch (const web::http::http_exception&) {
        // Answered before; the first answer stands.
      }
    });
  }

  const Handler handler_;
  http_listener listener_;
  CpprestDoor::Listener* registered_ = nullptr;
  bool open_ = false;
  Transport transport_;  // last: its threads call the others
};

}  // namespace

int thread_count(std::int64_t set) {
  if (set > 0) return static_cast<int>(set);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

absl::StatusOr<std::unique_ptr<Server>> Server::create(ServerOptions options, Handler handler,
                                                       process::Platform& platform) {
  use_inline_scheduler();
  if (http_server_api::has_listener()) {
    return absl::FailedPreconditionError("cannot start a second HTTP server in this process");
  }
  auto server = std::make_unique<CpprestServer>(std::move(options), std::move(handler), platform);
  try {
    if (absl::Status status = server->start(); !status.ok()) return status;
  } catch (const std::exception& failure) {
    return absl::InternalError(
        fmt::format("cannot start cpprestsdk's listener: {}", failure.what()));
  }
  return server;
}

}  // namespace millrace::http
