// SPDX-License-Identifier: Apache-2.0
//
// May this MQTT client connect? What clients have to show, and whether what one shows may be used,
// is asked of the registry over NATS and cached with a bound.
//
// The rules (who has to show what) are kept while the registry is away. Until they are known for
// the first time nobody is let in: a check waits for them for a while, then gets kUnavailable.
//
// A storm of wrong passwords stays here: the same ones are refused from the cache for a while,
// different ones reach the registry at a bounded rate, in all and for each user name; beyond it
// whatever is not cached gets kUnavailable. Right ones are counted by no limit, so that all devices
// may come back at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/registry_client/client_authentication.h"

namespace millrace::registry_client {

struct Verdict {
  enum class Result {
    kAccepted,                // `shown` is set
    kBadUserNameOrPassword,   // wrong, unknown, or missing
    kCertificateNotAccepted,  // missing, or not known to the registry
    kForbidden,               // right, but suspended or revoked
    kUnavailable,             // cannot tell now: the client may try again
  };
  Result result = Result::kUnavailable;
  ShownCredentials shown;
  std::string reason;  // for logs and MQTT 5's reason string; empty with kAccepted
  // For is_current().
  std::uint64_t generation = 0;
};

struct CredentialDirectoryOptions {
  // Of each kind: those used longest ago go first. Refused ones have a bound of their own, so that
  // a storm of wrong passwords pushes out no right one.
  std::size_t max_accepted = 50'000;
  std::size_t max_refused = 10'000;
  // Then asked again; used on while the registry is away. It is not what makes a revocation felt,
  // so it may be long: a reconnection of all devices is answered from the cache.
  std::chrono::milliseconds accepted_expiry{600'000};
  std::chrono::milliseconds refused_expiry{10'000};
  // Of the rules and of revocations whose event was lost.
  std::chrono::milliseconds rules_expiry{30'000};
  // How long a check waits for rules that are not known yet: over a restart of the registry beside
  // a receiver that starts.
  std::chrono::milliseconds max_wait_for_rules{3'000};
  std::chrono::milliseconds request_timeout{2'000};
  std::size_t max_waiting = 10'000;  // checks that wait for an answer; more get kUnavailable
  // Questions about credentials; each costs the registry about a millisecond of a processor. What
  // comes meanwhile waits in line.
  std::size_t max_in_flight = 64;
  // Wrong credentials that the registry is asked about.
  double max_refused_per_second = 100;
  double max_refused_per_second_per_user_name = 10;
};

// Run on a bus thread, or inside the call that found it out; must not block. May be empty.
struct CredentialEvents {
  // Sessions that have shown these may go on no longer.
  std::function<void(std::int64_t credentials_id)> on_revoked;
  // The rules are known for the first time, or are others than before: sessions whose transport now
  // asks for more than they have shown (Requirements::met_by) may go on no longer.
  std::function<void(const AuthenticationRules& rules)> on_rules_changed;
};

// Safe to use from any thread.
class CredentialDirectory {
 public:
  // Subscribes to the events, and asks for the rules without waiting for the answer.
  static absl::StatusOr<std::unique_ptr<CredentialDirectory>> create(
      bus::Connection& connection, CredentialDirectoryOptions options, CredentialEvents events,
      process::Platform& platform);
  // Answers what waits with kUnavailable. Before its connection, and not inside a callback.
  virtual ~CredentialDirectory() = default;

  // `done` runs exactly once: inside this call when there is an answer at once, later on a bus
  // thread otherwise; it must not block. Checks of the same credentials share one question.
  virtual void check(const ClientCredentials& credentials, ClientTransport transport,
                     std::function<void(const Verdict&)> done) = 0;

  // False when credentials were revoked or the rules changed since the verdict was made. Whoever
  // lets a client in asks this once the session can be found by on_revoked() and
  // on_rules_changed(), and checks again when it is false: so no session slips through between.
  virtual bool is_current(const Verdict& verdict) const = 0;

  // To be called about once a second: asks for the rules when they are old or were not had, and
  // answers who has waited for them for too long.
  virtual void keep_up() = 0;
};

}  // namespace millrace::registry_client
