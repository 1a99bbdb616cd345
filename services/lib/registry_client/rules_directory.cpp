// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/rules_directory.h"

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
using Rules = std::shared_ptr<const configuration::v1::SeriesRules>;

constexpr std::size_t kMaxApplications = 10'000;
constexpr std::chrono::seconds kExpiry{30};
constexpr std::chrono::milliseconds kRequestTimeout{2000};

class CachedRulesDirectory final : public RulesDirectory {
 public:
  CachedRulesDirectory(bus::Connection& connection, process::Platform& platform)
      : connection_(connection),
        clock_(platform.clock),
        log_(platform.log),
        away_(kRequestTimeout),
        gate_(std::make_shared<CallGate>()) {}

  ~CachedRulesDirectory() override {
    subscription_.reset();
    gate_->close();
  }
  CachedRulesDirectory(const CachedRulesDirectory&) = delete;
  CachedRulesDirectory& operator=(const CachedRulesDirectory&) = delete;

  absl::Status open() {
    MILLRACE_ASSIGN_OR_RETURN(
        subscription_,
        connection_.subscribe(subjects::kConfigurationUpsert, "",
                              [this](const bus::Message& message) { on_change(message); }));
    connection_.on_reconnect([this, gate = gate_] {
      if (!gate->enter()) return;
      distrust_all();
      gate->leave();
    });
    return absl::OkStatus();
  }

  absl::StatusOr<Rules> rules(const std::string& application_name) override;
  absl::StatusOr<Rules> current_rules(const std::string& application_name) override;

 private:
  struct Entry {
    Rules rules;
    time::Instant asked_at;
    std::uint64_t changes = 0;  // as counted before the registry was asked
    bool stale = false;         // changed since: used on only while the registry is away
  };

  std::optional<Entry> cached(const std::string& application_name) {
    concurrency::MutexLock lock(mutex_);
    const Entry* const entry = entries_.find(application_name);
    return entry == nullptr ? std::nullopt : std::make_optional(*entry);
  }
  std::uint64_t changes() const {
    concurrency::MutexLock lock(mutex_);
    return changes_;
  }
  bool is_fresh(const Entry& entry) const {
    concurrency::MutexLock lock(mutex_);
    return !entry.stale && entry.changes >= distrusted_before_ &&
           clock_.instant() - entry.asked_at < kExpiry;
  }
  void distrust_all() {
    concurrency::MutexLock lock(mutex_);
    distrusted_before_ = ++changes_;
  }
  void on_change(const bus::Message& message);
  absl::StatusOr<Rules> ask_and_remember(const std::string& application_name);
  absl::StatusOr<Rules> ask(const std::string& application_name);

  bus::Connection& connection_;
  const time::Clock& clock_;
  log::Logger& log_;
  AwayMemory away_;
  bus::UniqueIds ids_;
  const std::shared_ptr<CallGate> gate_;

  mutable concurrency::Mutex mutex_;
  LruMap<std::string, std::string_view, Entry> entries_ ABSL_GUARDED_BY(mutex_){kMaxApplications};
  std::uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;  // events, and times they may be missed
  std::uint64_t distrusted_before_ ABSL_GUARDED_BY(mutex_) = 0;

  std::unique_ptr<bus::Subscription> subscription_;
};

absl::StatusOr<Rules> CachedRulesDirectory::rules(const std::string& application_name) {
  const auto entry = cached(application_name);
  if (entry.has_value() && is_fresh(*entry)) return entry->rules;
  if (entry.has_value() && !away_.may_ask(clock_.instant())) return entry->rules;
  absl::StatusOr<Rules> answer = ask_and_remember(application_name);
  if (absl::IsUnavailable(answer.status()) && entry.has_value()) return entry->rules;
  return answer;
}

absl::StatusOr<Rules> CachedRulesDirectory::current_rules(const std::string& application_name) {
  if (away_.may_ask(clock_.instant())) return ask_and_remember(application_name);
  return absl::UnavailableError("cannot read the series rules of application '" + application_name +
                                "': the registry has just not answered");
}

absl::StatusOr<Rules> CachedRulesDirectory::ask_and_remember(const std::string& application_name) {
  absl::StatusOr<Rules> answer = ask(application_name);
  if (!absl::IsUnavailable(answer.status())) {
    away_.answered();
    return answer;
  }
  away_.failed(clock_.instant());
  log_.warning_limited("cannot read series rules", {{"application", application_name},
                                                    {"cause", error::message(answer.status())}});
  return error::prefixed("cannot read the series rules of application '" + application_name + "'",
                         answer.status());
}

absl::StatusOr<Rules> CachedRulesDirectory::ask(const std::string& application_name) {
  configuration::v1::ApplicationConfigurationRequest request;
  request.set_correlation_id(ids_.next());
  request.set_application_name(application_name);
  const time::Instant asked_at = clock_.instant();
  const std::uint64_t changes_before = changes();
  absl::StatusOr<Rules> answer =
      read_rules_answer(connection_.request(subjects::kApplicationConfigurationRequest,
                                            request.SerializeAsString(), kRequestTimeout),
                        application_name);
  concurrency::MutexLock lock(mutex_);
  if (answer.ok()) {
    // An event came between question and answer: the answer may be from before the change.
    const bool overtaken = changes_ != changes_before;
    entries_.put(application_name, {*answer, asked_at, changes_before, overtaken});
  } else if (absl::IsNotFound(answer.status())) {
    entries_.erase(application_name);
  }
  return answer;
}

void CachedRulesDirectory::on_change(const bus::Message& message) {
  configuration::v1::ConfigurationEvent event;
  if (!event.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
    log_.warning_limited("cannot read a configuration event, asking again about every application",
                         {{"subject", message.subject}});
    distrust_all();
    return;
  }
  concurrency::MutexLock lock(mutex_);
  ++changes_;
  if (Entry* const entry = entries_.find(event.application_name())) entry->stale = true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RulesDirectory>> RulesDirectory::create(
    bus::Connection& connection, process::Platform& platform) {
  auto directory = std::make_unique<CachedRulesDirectory>(connection, platform);
  MILLRACE_RETURN_IF_ERROR(directory->open());
  return directory;
}

}  // namespace millrace::registry_client
