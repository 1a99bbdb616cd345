// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/server.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <grpc/grpc.h>
#include <grpc/support/time.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/concurrency/mutex.h"
#include "lib/error/error.h"
#include "lib/rpc/grpc_log.h"
#include "lib/rpc/running_calls.h"
#include "lib/rpc/tls_credentials.h"

namespace millrace::rpc {
namespace {

std::string authority(const config::Listen& listen) {
  const bool is_ipv6 = listen.host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", listen.host, listen.port)
                 : fmt::format("{}:{}", listen.host, listen.port);
}

absl::Status cannot_listen(const config::Listen& listen, const std::string& cause) {
  return absl::UnavailableError(
      fmt::format("cannot listen on {} for gRPC: {}; free it or change the setting grpc-listen",
                  authority(listen), cause));
}

// gRPC only says that it could not bind, not why: so we bind the address once before it does.
absl::Status try_to_bind(const config::Listen& listen) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(listen.host.c_str(), std::to_string(listen.port).c_str(), &hints, &found);
  if (failed != 0) return cannot_listen(listen, ::gai_strerror(failed));

  absl::Status status;
  const int probe = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;  // as gRPC does: connections of a process before us may linger
  if (probe < 0 || ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(probe, found->ai_addr, found->ai_addrlen) != 0 || ::listen(probe, 1) != 0) {
    status = cannot_listen(listen, std::strerror(errno));
  }
  if (probe >= 0) ::close(probe);
  ::freeaddrinfo(found);
  return status;
}

void set_limits(grpc::ServerBuilder& builder, const ServerOptions& options) {
  grpc::ResourceQuota quota("millrace");
  quota.SetMaxThreads(options.max_threads);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 2);
  builder.SetMaxReceiveMessageSize(options.max_message_bytes);
  builder.SetMaxSendMessageSize(options.max_message_bytes);
  // Otherwise two servers share an occupied port without an error.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.calls_per_connection);
  // Notices clients that vanished without a word, and lets clients do the same.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

// Longer than Shutdown() takes to refuse new calls.
constexpr std::chrono::milliseconds kDoorCloses{50};

// Process-wide switches that gRPC wants before the first builder.
void enable_plugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

}  // namespace

struct Server::State {
  explicit State(log::Logger& log) : grpc_log(log) {}

  GrpcLog grpc_log;
  RunningCalls running;
  int port = 0;
  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::unique_ptr<grpc::Server> server;  // calls into the services until stopped
  // The health service is the server's, which stop() unmakes while a watch may still report.
  concurrency::Mutex health_mutex;
  bool stopping ABSL_GUARDED_BY(health_mutex) = false;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  stop(std::chrono::milliseconds{0});
}

absl::StatusOr<std::unique_ptr<Server>> Server::start(const ServerOptions& options,
                                                      const std::vector<grpc::Service*>& services,
                                                      process::Platform& platform) {
  MILLRACE_RETURN_IF_ERROR(try_to_bind(options.listen));
  enable_plugins();
  auto state = std::make_unique<State>(platform.log);
  grpc::ServerBuilder builder;
  set_limits(builder, options);
  if (options.certificate == nullptr) {
    state->credentials = grpc::InsecureServerCredentials();
  } else {
    state->credentials = std::make_shared<TlsCredentials>(options.certificate);
  }
  builder.AddListeningPort(authority(options.listen), state->credentials, &state->port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(make_call_counter(state->running));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  state->server = builder.BuildAndStart();
  if (state->server == nullptr || state->port == 0) {
    return cannot_listen(options.listen, "another process took it");
  }
  state->server->GetHealthCheckService()->SetServingStatus(false);
  platform.log.info("listening", {{"what", "grpc"},
                                  {"host", options.listen.host},
                                  {"port", state->port},
                                  {"tls", options.certificate != nullptr}});
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const {
  return state_->port;
}

void Server::set_serving(bool serving) {
  concurrency::MutexLock lock(state_->health_mutex);
  if (!state_->stopping) state_->server->GetHealthCheckService()->SetServingStatus(serving);
}

void Server::stop(std::chrono::milliseconds deadline) {
  if (state_->server == nullptr) return;
  {
    concurrency::MutexLock lock(state_->health_mutex);
    state_->stopping = true;
    state_->server->GetHealthCheckService()->SetServingStatus(false);
  }
  grpc::Server& server = *state_->server;
  // Shutdown() takes no new calls, but it returns only when every client has hung up, and an idle
  // client may take many seconds to notice that it should. So: as soon as no call is at work, the
  // connections are cut.
  std::promise<void> ended;
  std::future<void> end = ended.get_future();
  const std::jthread shutdown([&server, &ended, deadline] {
    server.Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_REALTIME),
                                 gpr_time_from_millis(deadline.count(), GPR_TIMESPAN)));
    ended.set_value();
  });
  state_->running.wait_until_none(deadline);
  // The door closes on the other thread: a call that slipped in before is answered too, not cut off
  // with CANCELLED, which clients do not repeat.
  if (end.wait_for(kDoorCloses) != std::future_status::ready) {
    state_->running.wait_until_none(deadline);
  }
  // Repeated, because a client may have come before Shutdown() closed the door.
  do {
    grpc_server_cancel_all_calls(server.c_server());
  } while (end.wait_for(kDoorCloses) != std::future_status::ready);
  server.Wait();
  state_->server.reset();
}

}  // namespace millrace::rpc
