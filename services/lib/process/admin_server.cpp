// SPDX-License-Identifier: Apache-2.0
#include "lib/process/admin_server.h"

#include <array>
#include <exception>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <civetweb.h>
#include <fmt/format.h>
#include <netdb.h>

#include "lib/concurrency/mutex.h"
#include "lib/concurrency/wait.h"
#include "lib/config/value_text.h"
#include "lib/error/error.h"

namespace millrace::process {
namespace {

// The IPv4 address of a host. CivetWeb as Debian builds it speaks no IPv6, and names what it cannot
// resolve an invalid port.
absl::StatusOr<std::string> ipv4_address(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int fault = getaddrinfo(host.c_str(), nullptr, &wanted, &found);
  if (fault != 0) return absl::UnavailableError(gai_strerror(fault));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  std::array<char, NI_MAXHOST> text{};
  getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0,
              NI_NUMERICHOST);
  return std::string(text.data());
}

absl::Status cannot_listen(const config::Listen& listen, const std::string& cause) {
  return absl::UnavailableError(fmt::format(
      "cannot listen on {} for the admin port: {}; setting admin-listen chooses another "
      "address (IPv4)",
      config::format_listen(listen), cause));
}

struct Reply {
  int status = 200;
  std::string_view reason = "OK";
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

constexpr std::string_view kJson = "application/json";

Reply answer(const AdminServer::Content& content, std::string_view method, std::string_view path) {
  if (method != "GET" && method != "HEAD") {
    return {.status = 405, .reason = "Method Not Allowed", .body = "use GET\n"};
  }
  if (path == "/healthz") return {.body = "ok\n"};
  if (path == "/readyz") {
    // One snapshot for both, so that the status never contradicts the body.
    std::string json = content.readiness.to_json();
    const bool ready = json.rfind(R"({"ready":true)", 0) == 0;
    return {.status = ready ? 200 : 503,
            .reason = ready ? "OK" : "Service Unavailable",
            .content_type = kJson,
            .body = std::move(json)};
  }
  if (path == "/version") return {.content_type = kJson, .body = content.version_json};
  if (path == "/metrics") {
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = content.metrics.expose()};
  }
  return {.status = 404,
          .reason = "Not Found",
          .body = "there are /metrics, /healthz, /readyz and /version\n"};
}

void send(mg_connection* connection, const Reply& reply, bool with_body) {
  const std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "Connection: close\r\n\r\n",
      reply.status, reply.reason, reply.content_type, reply.body.size());
  mg_write(connection, head.data(), head.size());
  if (with_body) mg_write(connection, reply.body.data(), reply.body.size());
}

}  // namespace

struct AdminServer::State {
  State(Content shown, std::string listen_host)
      : content(std::move(shown)), host(std::move(listen_host)) {}
  ~State() {
    if (context == nullptr) return;
    // CivetWeb looks at its stop flag only every two seconds or when a client comes: come.
    const std::uint16_t port = listening_port();
    const std::jthread visitor([this, port](const std::stop_token& stopped) {
      do {
        std::array<char, 256> text{};
        mg_connection* visit =
            mg_connect_client(host.c_str(), port, /*use_ssl=*/0, text.data(), text.size());
        if (visit != nullptr) mg_close_connection(visit);
      } while (concurrency::sleep_for(stopped, std::chrono::milliseconds{20}));
    });
    mg_stop(context);  // joins CivetWeb's threads
    mg_exit_library();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // CivetWeb calls it for each request, before it would look for files.
  static int on_request(mg_connection* connection) {
    const mg_request_info* request = mg_get_request_info(connection);
    const auto* state = static_cast<const State*>(request->user_data);
    const std::string_view method = request->request_method;
    try {
      const Reply reply = answer(state->content, method, request->local_uri);
      send(connection, reply, method != "HEAD");
      return reply.status;
    } catch (const std::exception& fault) {  // must not unwind into C
      send(connection, {.status = 500, .reason = "Internal Server Error", .body = fault.what()},
           method != "HEAD");
      return 500;
    }
  }

  // What CivetWeb complains about while starting is the cause we report.
  static int on_message(const mg_connection* connection, const char* message) {
    auto* state = static_cast<State*>(mg_get_user_data(mg_get_context(connection)));
    if (state == nullptr) return 1;
    const concurrency::MutexLock lock(state->mutex);
    if (state->complaint.empty()) state->complaint = message;
    return 1;  // not to be printed
  }

  std::string first_complaint() {
    const concurrency::MutexLock lock(mutex);
    return complaint;
  }

  std::uint16_t listening_port() const {
    mg_server_port port{};
    mg_get_server_ports(context, 1, &port);
    return static_cast<std::uint16_t>(port.port);
  }

  const Content content;
  const std::string host;
  concurrency::Mutex mutex;
  std::string complaint ABSL_GUARDED_BY(mutex);
  mg_context* context = nullptr;
};

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::start(const config::Listen& listen,
                                                                Content content) {
  const absl::StatusOr<std::string> host = ipv4_address(listen.host);
  if (!host.ok()) return cannot_listen(listen, error::message(host.status()));
  auto state = std::make_unique<State>(std::move(content), *host);
  const std::string address = config::format_listen({*host, listen.port});
  std::array<const char*, 11> options{"listening_ports",
                                      address.c_str(),
                                      "num_threads",
                                      "4",
                                      "request_timeout_ms",
                                      "5000",
                                      "enable_keep_alive",
                                      "no",
                                      "connection_queue",
                                      "16",
                                      nullptr};
  mg_callbacks callbacks{};
  callbacks.begin_request = State::on_request;
  callbacks.log_message = State::on_message;
  mg_init_data init{};
  init.callbacks = &callbacks;
  init.user_data = state.get();
  init.configuration_options = options.data();
  std::array<char, 256> text{};
  mg_error_data fault{};
  fault.text = text.data();
  fault.text_buffer_size = text.size();

  mg_init_library(0);
  state->context = mg_start2(&init, &fault);
  if (state->context == nullptr) {
    mg_exit_library();
    std::string cause = state->first_complaint();
    if (cause.empty()) cause = text.data();
    return cannot_listen(listen, cause);
  }
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(state)));
}

AdminServer::AdminServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

AdminServer::~AdminServer() = default;

std::uint16_t AdminServer::port() const {
  return state_->listening_port();
}

}  // namespace millrace::process
