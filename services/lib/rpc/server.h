// SPDX-License-Identifier: Apache-2.0
//
// A gRPC server with health and reflection, per-method metrics and API-key checks. The only folder
// besides generated code and handlers that knows gRPC's classes. Clients: channel.h.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include "lib/config/settings_table.h"
#include "lib/process/platform.h"
#include "lib/time/clock.h"
#include "lib/tls/server_certificate.h"

namespace millrace::rpc {

// absl and gRPC have the same codes. Payloads of the status do not travel.
grpc::Status to_grpc(const absl::Status& status);
absl::Status from_grpc(const grpc::Status& status);

// What a key may do; each role may do what those before it may.
enum class Role { kReader, kOperator, kAdmin };
// reader, operator, admin.
std::string_view role_name(Role role);

// Who calls, after the check.
struct Caller {
  std::int64_t key_id = 0;
  std::string key_name;
  Role role = Role::kReader;
  // The applications the key is bound to; empty: all.
  std::vector<std::string> application_names = {};

  bool is_bound() const { return !application_names.empty(); }
  bool may_use(std::string_view application_name) const;
};

// kPermissionDenied, with what to do, where the caller's role is below `role`.
absl::Status require(const Caller& caller, Role role);

// Checks SHA-256 of a key. kUnauthenticated: unknown or revoked; kUnavailable: cannot be told now.
class KeyVerifier {
 public:
  virtual ~KeyVerifier() = default;
  virtual absl::StatusOr<Caller> verify(const std::string& key_sha256) = 0;
};

// The key in a header "Bearer <key>".
absl::StatusOr<std::string> bearer_key(std::string_view header);

// Takes `authorization: Bearer <key>`, or `api-key: <key>`, from the call's metadata; both may
// stand there if they are equal. kUnauthenticated with what to do when missing.
absl::StatusOr<Caller> authenticate(const grpc::ServerContextBase& context, KeyVerifier& verifier);
// The SHA-256 of the key that the call brings, for KeyVerifier: so that it can be checked when the
// context is gone, and again while a call goes on for long.
absl::StatusOr<std::string> presented_key(const grpc::ServerContextBase& context);

std::string sha256(const std::string& bytes);  // 32 bytes

// How long a handler may still work: until the caller's deadline, at most `at_most`; zero when it
// has passed.
std::chrono::milliseconds time_left(const grpc::ServerContextBase& context,
                                    std::chrono::milliseconds at_most);

struct ServerOptions {
  config::Listen listen;
  // Calls at work at once, streams included, and a few for gRPC itself; further calls get
  // RESOURCE_EXHAUSTED.
  int max_threads = 16;
  int max_message_bytes = 4 << 20;
  // At once; a client's further calls wait on its side.
  int calls_per_connection = 100;
  // Set: TLS only, loaded without a protocol (gRPC sees to ALPN); may be reloaded at any time.
  std::shared_ptr<tls::ServerCertificate> certificate = nullptr;
};

class Server {
 public:
  // Binds, serves `services` (owned by the caller, must outlive the server), health and reflection,
  // and logs "listening". Health is NOT_SERVING until set_serving(true). kUnavailable: the address
  // cannot be bound; the message names the setting grpc-listen.
  static absl::StatusOr<std::unique_ptr<Server>> start(const ServerOptions& options,
                                                       const std::vector<grpc::Service*>& services,
                                                       process::Platform& platform);
  ~Server();
  int port() const;
  // What the health service says; without effect once stop() has begun. From any thread.
  void set_serving(bool serving);
  // Takes no new calls, lets running ones end for `deadline`, then cancels them; returns when all
  // have ended. Further calls do nothing.
  void stop(std::chrono::milliseconds deadline);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Runs one unary or streaming handler: refuses what nobody waits for any more, authenticates, turns
// absl::Status into grpc::Status, counts millrace_rpc_requests_total{method,code} and observes
// millrace_rpc_duration_seconds{method}. kInternal is logged, with the trace id of the metadata
// `traceparent` where there is one, and told to the caller without its cause; an exception is
// kInternal. `method` is a constant of the caller: it becomes a label. Where the status says when
// to try again (error::with_retry_after), the client is told in the trailing metadata
// `grpc-retry-pushback-ms`: so long, and up to twice as long, so that not all come back at once.
class Calls {
 public:
  Calls(process::Platform& platform, KeyVerifier& verifier)
      : platform_(platform), verifier_(verifier) {}
  grpc::Status run(grpc::ServerContext& context, const std::string& method,
                   const std::function<absl::Status(const Caller&)>& handler);

  // The same for a call of the callback API, which has no function to run: begin() when it comes,
  // end() with its status, once. What is between is the caller's, presented_key() and the verifier
  // too.
  struct Begun {
    std::string method;
    time::Instant at;
    std::optional<std::string> trace_id;
  };
  Begun begin(const grpc::ServerContextBase& context, const std::string& method) const;
  grpc::Status end(grpc::ServerContextBase& context, const Begun& call,
                   const absl::Status& status) const;

 private:
  absl::Status checked(const grpc::ServerContext& context, const std::string& method,
                       const std::function<absl::Status(const Caller&)>& handler);

  process::Platform& platform_;
  KeyVerifier& verifier_;
};

}  // namespace millrace::rpc
