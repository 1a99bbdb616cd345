// SPDX-License-Identifier: Apache-2.0
//
// Which endpoint does this token stand for, and what may it do? Asked of the registry over NATS,
// cached with a bound and an expiry. Whatever devices send, the registry gets a bounded number of
// questions at once, and those about tokens that were known never wait behind others.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <absl/functional/any_invocable.h>

#include "lib/bus/connection.h"

namespace millrace::registry_client {

// A token that may be used. Shared by everything that speaks for it.
struct Identity {
  std::string application_name;
  std::string app_version_name;
  std::string endpoint_id;
  std::int64_t token_id = 0;
  // The last receipt time given to a sample of this endpoint by this process, microseconds:
  // lib/intake stamps strictly increasing times from it.
  mutable std::atomic<std::int64_t> last_receipt_time_us{0};
};

// What a token's application allows its endpoint.
struct UploadRules {
  double max_uploads_per_second = 0;  // of each endpoint; 0: without a limit
  std::int32_t max_upload_burst = 1;  // so many at once after a pause
  bool relaxed_resource_paths = false;
};

struct LookUp {
  enum class Result {
    kKnown,        // `identity` is set
    kUnknown,      // no such application version or token
    kForbidden,    // suspended or revoked; `identity` is set where the registry says whose it is
    kUnavailable,  // the registry cannot be asked now and the token is not cached
  };
  Result result = Result::kUnavailable;
  std::shared_ptr<const Identity> identity;
  std::string reason;   // for people; empty with kKnown
  UploadRules rules{};  // with kKnown
};

struct TokenDirectoryOptions {
  // Known ones; beside them an eighth of it refused ones. Those used longest ago go first.
  std::size_t max_entries = 200'000;
  std::chrono::milliseconds known_expiry{
      60'000};  // then asked again; used on while the registry is away
  std::chrono::milliseconds refused_expiry{10'000};
  std::chrono::milliseconds request_timeout{2'000};
  std::size_t max_waiting = 10'000;  // look-ups waiting for an answer; more get kUnavailable
  // Of tokens that are not cached and turn out to be unknown, a second; then tokens that are not
  // cached get kUnavailable, without a question, until there is room again.
  std::int64_t max_unknown_per_second = 200;
};

// Safe to use from any thread.
class TokenDirectory {
 public:
  // Subscribes to events of tokens and applications. `on_revoked` (may be empty) runs with the
  // token id when a token may no longer be used; on a bus thread.
  static absl::StatusOr<std::unique_ptr<TokenDirectory>> create(
      bus::Connection& connection, TokenDirectoryOptions options,
      std::function<void(std::int64_t)> on_revoked, process::Platform& platform);
  // Answers what waits with kUnavailable. Before its connection, and not inside a callback.
  virtual ~TokenDirectory() = default;

  // `done` runs exactly once: inside this call when there is an answer at once (cached, or NATS
  // cannot be asked at all, or too many unknown tokens were asked about), later otherwise, on a bus
  // thread or on that of another look-up; it must not block. Look-ups of the same token that wait
  // share a place in one question. Look-ups of one token that a thread makes one after the other
  // are answered in that order, also when an earlier one had to wait.
  using Done = absl::AnyInvocable<void(const LookUp&)>;
  virtual void look_up(const std::string& app_version_name, const std::string& token,
                       Done done) = 0;
};

}  // namespace millrace::registry_client
