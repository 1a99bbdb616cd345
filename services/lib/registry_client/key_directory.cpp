// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/key_directory.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "lib/bus/subjects.h"
#include "lib/bus/unique_id.h"
#include "lib/error/error.h"
#include "lib/registry_client/away_memory.h"
#include "lib/registry_client/call_gate.h"
#include "lib/registry_client/lru_map.h"
#include "lib/registry_client/registry_answer.h"

namespace millrace::registry_client {
namespace {

namespace subjects = bus::subjects;

constexpr std::size_t kMaxKeys = 10'000;
constexpr std::chrono::seconds kExpiry{60};
// A key whose revocation cannot reach us must not work on for long: enough for a restart of NATS or
// of the registry, not for an outage.
constexpr std::chrono::minutes kMaxUseWhileAway{5};
constexpr std::chrono::milliseconds kRequestTimeout{2000};

class KeyDirectory final : public rpc::KeyVerifier {
 public:
  KeyDirectory(bus::Connection& connection, process::Platform& platform)
      : connection_(connection),
        clock_(platform.clock),
        log_(platform.log),
        away_(kRequestTimeout),
        gate_(std::make_shared<CallGate>()) {}

  ~KeyDirectory() override {
    subscription_.reset();
    gate_->close();
  }
  KeyDirectory(const KeyDirectory&) = delete;
  KeyDirectory& operator=(const KeyDirectory&) = delete;

  absl::Status open() {
    MILLRACE_ASSIGN_OR_RETURN(
        subscription_,
        connection_.subscribe(subjects::kApiKeyRevoked, "",
                              [this](const bus::Message& message) { on_revoked(message); }));
    connection_.on_reconnect([this, gate = gate_] {
      if (!gate->enter()) return;
      distrust_all();
      gate->leave();
    });
    return absl::OkStatus();
  }

  absl::StatusOr<rpc::Caller> verify(const std::string& key_sha256) override;

 private:
  struct Entry {
    rpc::Caller caller;
    time::Instant asked_at;
    std::uint64_t trust = 0;
  };
  struct Asking {
    time::Instant at;
    std::uint64_t trust = 0;
    std::uint64_t revocations = 0;
  };

  std::optional<Entry> cached(const std::string& key_sha256, time::Instant now) {
    concurrency::MutexLock lock(mutex_);
    const Entry* const entry = entries_.find(key_sha256);
    if (entry == nullptr) return std::nullopt;
    if (now - entry->asked_at < kMaxUseWhileAway) return *entry;
    entries_.erase(key_sha256);
    return std::nullopt;
  }
  bool is_fresh(const Entry& entry, time::Instant now) const {
    concurrency::MutexLock lock(mutex_);
    return entry.trust == trust_ && now - entry.asked_at < kExpiry;
  }
  Asking asking(time::Instant now) const {
    concurrency::MutexLock lock(mutex_);
    return {now, trust_, revocations_};
  }
  void distrust_all() {
    concurrency::MutexLock lock(mutex_);
    ++trust_;
  }
  absl::StatusOr<rpc::Caller> ask(const std::string& key_sha256);
  void on_revoked(const bus::Message& message);

  bus::Connection& connection_;
  const time::Clock& clock_;
  log::Logger& log_;
  AwayMemory away_;
  bus::UniqueIds ids_;
  const std::shared_ptr<CallGate> gate_;

  mutable concurrency::Mutex mutex_;
  LruMap<std::string, std::string_view, Entry> entries_ ABSL_GUARDED_BY(mutex_){kMaxKeys};
  std::uint64_t trust_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t revocations_ ABSL_GUARDED_BY(mutex_) = 0;

  std::unique_ptr<bus::Subscription> subscription_;
};

rpc::Role role_of(identity::v1::ApiKeyRole role) {
  switch (role) {
    case identity::v1::API_KEY_ROLE_READER:
      return rpc::Role::kReader;
    case identity::v1::API_KEY_ROLE_OPERATOR:
      return rpc::Role::kOperator;
    case identity::v1::API_KEY_ROLE_UNSPECIFIED:  // a registry that knows no roles
    case identity::v1::API_KEY_ROLE_ADMIN:
      return rpc::Role::kAdmin;
    default:
      return rpc::Role::kReader;  // one that knows more of them
  }
}

rpc::Caller caller_of(const identity::v1::ApiKeyCheckResponse& answer) {
  return {answer.key_id(),
          answer.key_name(),
          role_of(answer.role()),
          {answer.application_names().begin(), answer.application_names().end()}};
}

absl::StatusOr<rpc::Caller> KeyDirectory::verify(const std::string& key_sha256) {
  const time::Instant now = clock_.instant();
  const auto entry = cached(key_sha256, now);
  if (entry.has_value() && (is_fresh(*entry, now) || !away_.may_ask(now))) return entry->caller;
  absl::StatusOr<rpc::Caller> answer = ask(key_sha256);
  if (!absl::IsUnavailable(answer.status())) {
    away_.answered();
    return answer;
  }
  away_.failed(clock_.instant());
  log_.warning_limited("cannot check an API key", {{"cause", error::message(answer.status())}});
  // Looked up again: a revocation may have come while the registry was asked.
  const auto still_there = cached(key_sha256, clock_.instant());
  if (still_there.has_value()) return still_there->caller;
  return error::prefixed("cannot check the API key", answer.status());
}

absl::StatusOr<rpc::Caller> KeyDirectory::ask(const std::string& key_sha256) {
  identity::v1::ApiKeyCheckRequest request;
  request.set_correlation_id(ids_.next());
  request.set_key_sha256(key_sha256);
  request.set_heeds_limits(true);
  const Asking asked = asking(clock_.instant());
  const auto answer = read_key_answer(connection_.request(
      subjects::kApiKeyCheckRequest, request.SerializeAsString(), kRequestTimeout));
  concurrency::MutexLock lock(mutex_);
  if (!answer.ok()) {
    if (absl::IsUnauthenticated(answer.status())) entries_.erase(key_sha256);
    return answer.status();
  }
  const rpc::Caller caller = caller_of(*answer);
  // Not kept when a revocation came between question and answer: it may be this key's.
  if (asked.revocations == revocations_) {
    entries_.put(key_sha256, {caller, asked.at, asked.trust});
  } else {
    entries_.erase(key_sha256);
  }
  return caller;
}

void KeyDirectory::on_revoked(const bus::Message& message) {
  identity::v1::ApiKeyEvent event;
  const bool readable =
      event.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()));
  concurrency::MutexLock lock(mutex_);
  ++revocations_;
  if (!readable) {
    log_.warning_limited("cannot read an API key event, asking again about every key",
                         {{"subject", message.subject}});
    ++trust_;
    return;
  }
  entries_.erase_if([&event](const auto& item) {
    return std::find(event.key_ids().begin(), event.key_ids().end(), item.second.caller.key_id) !=
           event.key_ids().end();
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::KeyVerifier>> make_key_directory(bus::Connection& connection,
                                                                     process::Platform& platform) {
  auto directory = std::make_unique<KeyDirectory>(connection, platform);
  MILLRACE_RETURN_IF_ERROR(directory->open());
  return directory;
}

}  // namespace millrace::registry_client
