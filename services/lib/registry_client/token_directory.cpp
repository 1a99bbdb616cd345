// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/token_directory.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/bus/subjects.h"
#include "lib/bus/unique_id.h"
#include "lib/error/error.h"
#include "lib/registry_client/away_memory.h"
#include "lib/registry_client/call_gate.h"
#include "lib/registry_client/registry_answer.h"
#include "lib/registry_client/token_cache.h"

#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

namespace subjects = bus::subjects;
using Done = std::function<void(const LookUp&)>;

// While tokens are revoked by the thousand, an answer is taken after so many repetitions.
constexpr int kMaxRepeats = 3;

// How often an answer serves those who came while it was handed out. Then the registry is asked
// again: the answer ages, and the bus thread has others to serve.
constexpr int kMaxRounds = 8;

// Look-ups that wait for an answer, those of one token together. Safe to use from any thread.
//
// A token's list stands until everybody on it has been answered, and who looks the token up
// meanwhile queues behind them although the cache could answer at once: the uploads of a device
// must not overtake each other.
class WaitingList {
 public:
  explicit WaitingList(std::size_t max_waiting) : max_waiting_(max_waiting) {}

  enum class Place { kFirst, kShared, kRefused };
  // Moves from `done` unless refused.
  Place add(const TokenKey& key, Done& done) {
    concurrency::MutexLock lock(mutex_);
    if (waiting_ >= max_waiting_) return Place::kRefused;
    ++waiting_;
    const auto [list, is_new] = lists_.try_emplace(key_of(key));
    list->second.push_back(std::move(done));
    standing_.store(lists_.size(), std::memory_order_release);
    return is_new ? Place::kFirst : Place::kShared;
  }

  // Whether the token has a list. One load while no token has.
  bool has(const std::string& app_version_name, const std::string& token) {
    if (standing_.load(std::memory_order_acquire) == 0) return false;
    concurrency::MutexLock lock(mutex_);
    return lists_.contains(key_of(app_version_name, token));
  }

  // Those who wait now. Nobody: the list is gone; until then it stands.
  std::vector<Done> take(const TokenKey& key) {
    concurrency::MutexLock lock(mutex_);
    const auto list = lists_.find(key_of(key));
    if (list == lists_.end()) return {};
    std::vector<Done> taken = std::exchange(list->second, {});
    waiting_ -= taken.size();
    if (taken.empty()) {
      lists_.erase(list);
      standing_.store(lists_.size(), std::memory_order_release);
    }
    return taken;
  }

  std::vector<Done> take_all() {
    concurrency::MutexLock lock(mutex_);
    std::vector<Done> all;
    for (auto& [key, list] : lists_) {
      for (Done& done : list) all.push_back(std::move(done));
    }
    lists_.clear();
    standing_.store(0, std::memory_order_release);
    waiting_ = 0;
    return all;
  }

 private:
  // Application version names cannot contain a NUL, whatever a device sends as its token.
  static std::string key_of(const std::string& app_version_name, const std::string& token) {
    return app_version_name + '\0' + token;
  }
  static std::string key_of(const TokenKey& key) { return key_of(key.app_version_name, key.token); }

  const std::size_t max_waiting_;
  std::atomic<std::size_t> standing_{0};  // lists_.size(), readable without the lock
  concurrency::Mutex mutex_;
  std::unordered_map<std::string, std::vector<Done>> lists_ ABSL_GUARDED_BY(mutex_);
  std::size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

class CachedTokenDirectory final : public TokenDirectory {
 public:
  CachedTokenDirectory(bus::Connection& connection, TokenDirectoryOptions options,
                       std::function<void(std::int64_t)> on_revoked, process::Platform& platform)
      : connection_(connection),
        options_(options),
        on_revoked_(std::move(on_revoked)),
        clock_(platform.clock),
        log_(platform.log),
        hits_(look_ups(platform, "cached")),
        asked_(look_ups(platform, "asked")),
        stale_(look_ups(platform, "stale")),
        unavailable_(look_ups(platform, "unavailable")),
        cache_(options),
        waiting_(options.max_waiting),
        away_(options.request_timeout),
        gate_(std::make_shared<CallGate>()) {}

  ~CachedTokenDirectory() override;
  CachedTokenDirectory(const CachedTokenDirectory&) = delete;
  CachedTokenDirectory& operator=(const CachedTokenDirectory&) = delete;

  absl::Status open();
  void look_up(const std::string& app_version_name, const std::string& token, Done done) override;

 private:
  static metrics::Counter look_ups(process::Platform& platform, const char* result) {
    return platform.metrics.counter(
        "millrace_registry_client_token_look_ups_total",
        "Token look-ups: answered from the cache, asked of the registry, answered from an expired "
        "entry while the registry is away, not answered.",
        {{"result", result}});
  }

  void ask(TokenKey key, Done done);
  // `repeats`: how often the answer was overtaken by an event.
  void send_question(const TokenKey& key, int repeats);
  struct Question {
    TokenKey key;
    int repeats;
    TokenCache::Asking asking;
  };
  void on_answer(const Question& question, const absl::StatusOr<std::string>& answer);
  bool hand_out(const TokenKey& key, const LookUp& result);
  LookUp while_away(const TokenKey& key, LookUp away);
  void on_revoked_event(const bus::Message& message);

  bus::Connection& connection_;
  const TokenDirectoryOptions options_;
  const std::function<void(std::int64_t)> on_revoked_;
  const time::Clock& clock_;
  log::Logger& log_;
  const metrics::Counter hits_;
  const metrics::Counter asked_;
  const metrics::Counter stale_;
  const metrics::Counter unavailable_;
  TokenCache cache_;
  WaitingList waiting_;
  AwayMemory away_;
  bus::UniqueIds ids_;
  const std::shared_ptr<CallGate> gate_;
  std::vector<std::unique_ptr<bus::Subscription>> subscriptions_;
};

absl::Status CachedTokenDirectory::open() {
  MILLRACE_ASSIGN_OR_RETURN(
      auto revoked,
      connection_.subscribe(subjects::kTokenRevoked, "",
                            [this](const bus::Message& message) { on_revoked_event(message); }));
  subscriptions_.push_back(std::move(revoked));
  MILLRACE_ASSIGN_OR_RETURN(auto activated, connection_.subscribe(subjects::kTokenActivated, "",
                                                                  [this](const bus::Message&) {
                                                                    cache_.drop_refusals();
                                                                  }));
  subscriptions_.push_back(std::move(activated));
  connection_.on_reconnect([this, gate = gate_] {
    if (!gate->enter()) return;
    cache_.distrust_all();
    gate->leave();
  });
  return absl::OkStatus();
}

CachedTokenDirectory::~CachedTokenDirectory() {
  subscriptions_.clear();
  gate_->close();
  const LookUp closed{LookUp::Result::kUnavailable, nullptr, "the service is stopping"};
  for (const Done& done : waiting_.take_all()) done(closed);
}

void CachedTokenDirectory::look_up(const std::string& app_version_name, const std::string& token,
                                   Done done) {
  if (waiting_.has(app_version_name, token)) {
    return ask(TokenKey(app_version_name, token), std::move(done));
  }
  const time::Instant now = clock_.instant();
  const auto found = cache_.find({app_version_name, token}, now);
  if (found.has_value() && found->fresh) {
    hits_.increment();
    return done(found->answer);
  }
  if (found.has_value() && !away_.may_ask(now)) {
    stale_.increment();
    return done(found->answer);
  }
  ask(TokenKey(app_version_name, token), std::move(done));
}

void CachedTokenDirectory::ask(TokenKey key, Done done) {
  switch (waiting_.add(key, done)) {
    case WaitingList::Place::kFirst:
      return send_question(key, 0);
    case WaitingList::Place::kShared:
      return;
    case WaitingList::Place::kRefused:
      break;
  }
  done(while_away(
      key, {LookUp::Result::kUnavailable, nullptr,
            fmt::format("{} look-ups wait for the registry already", options_.max_waiting)}));
}

void CachedTokenDirectory::send_question(const TokenKey& key, int repeats) {
  asked_.increment();
  identity::v1::EndpointTokenRequest request;
  request.set_correlation_id(ids_.next());
  request.set_app_version_name(key.app_version_name);
  request.set_token(key.token);
  Question question{key, repeats, cache_.asking(clock_.instant())};
  connection_.request_async(
      subjects::kEndpointTokenRequest, request.SerializeAsString(), options_.request_timeout,
      [this, gate = gate_,
       question = std::move(question)](const absl::StatusOr<std::string>& answer) {
        if (!gate->enter()) return;
        on_answer(question, answer);
        gate->leave();
      });
}

void CachedTokenDirectory::on_answer(const Question& question,
                                     const absl::StatusOr<std::string>& answer) {
  const TokenKey& key = question.key;
  LookUp result = read_token_answer(answer, key.app_version_name);
  const bool answered = result.result != LookUp::Result::kUnavailable;
  if (!answered) {
    away_.failed(clock_.instant());
    log_.warning_limited("cannot look up a token", {{"cause", result.reason}});
    result = while_away(key, std::move(result));
  } else {
    away_.answered();
    TokenCache::Put put = cache_.put(TokenKeyView(key), result, question.asking);
    // It may be from before a revocation: whoever waits would go on with a token that is none.
    if (put.overtaken && question.repeats < kMaxRepeats) {
      return send_question(key, question.repeats + 1);
    }
    result = std::move(put.answer);
  }
  if (hand_out(key, result)) return;
  if (answered) return send_question(key, 0);
  // Asked again, it could fail inside the call, and so on. While the registry is away the thread
  // has little else to do.
  while (!hand_out(key, result)) continue;
}

// False when still somebody waits.
bool CachedTokenDirectory::hand_out(const TokenKey& key, const LookUp& result) {
  for (int round = 0; round < kMaxRounds; ++round) {
    const std::vector<Done> waiting = waiting_.take(key);
    if (waiting.empty()) return true;
    for (const Done& done : waiting) done(result);
  }
  return false;
}

LookUp CachedTokenDirectory::while_away(const TokenKey& key, LookUp away) {
  auto found = cache_.find(TokenKeyView(key), clock_.instant());
  if (!found.has_value()) {
    unavailable_.increment();
    return away;
  }
  stale_.increment();
  return std::move(found->answer);
}

void CachedTokenDirectory::on_revoked_event(const bus::Message& message) {
  identity::v1::EndpointTokenEvent event;
  if (!event.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
    log_.warning_limited("cannot read a token event, asking again about every token",
                         {{"subject", message.subject}});
    cache_.distrust_all();
    return;
  }
  const std::vector<std::int64_t> ids(event.token_ids().begin(), event.token_ids().end());
  cache_.drop_tokens(ids);
  if (!on_revoked_) return;
  for (const std::int64_t id : ids) on_revoked_(id);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenDirectory>> TokenDirectory::create(
    bus::Connection& connection, TokenDirectoryOptions options,
    std::function<void(std::int64_t)> on_revoked, process::Platform& platform) {
  auto directory =
      std::make_unique<CachedTokenDirectory>(connection, options, std::move(on_revoked), platform);
  MILLRACE_RETURN_IF_ERROR(directory->open());
  return directory;
}

}  // namespace millrace::registry_client
