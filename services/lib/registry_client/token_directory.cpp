// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/token_directory.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/bus/subjects.h"
#include "lib/error/error.h"
#include "lib/registry_client/away_memory.h"
#include "lib/registry_client/call_gate.h"
#include "lib/registry_client/token_cache.h"
#include "lib/registry_client/token_questions.h"
#include "lib/registry_client/unknown_limit.h"
#include "lib/registry_client/waiting_list.h"

#include "millrace/identity/v1/application.pb.h"
#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

namespace subjects = bus::subjects;
using Asked = TokenQuestions::Asked;

// While tokens are revoked by the thousand, an answer is taken after so many repetitions.
constexpr int kMaxRepeats = 3;

// How often an answer serves those who came while it was handed out. Then the registry is asked
// again: the answer ages, and the bus thread has others to serve.
constexpr int kMaxRounds = 8;

LookUp too_many_unknown() {
  return {LookUp::Result::kUnavailable, nullptr,
          "too many devices use tokens that nobody knows; try again"};
}

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
        limited_(look_ups(platform, "limited")),
        cache_(options),
        waiting_(options.max_waiting),
        away_(options.request_timeout),
        unknown_(options.max_unknown_per_second),
        gate_(std::make_shared<CallGate>()),
        known_asker_(*this, Queue::kKnown),
        others_asker_(*this, Queue::kOthers),
        known_questions_(connection, {.timeout = options.request_timeout}, known_asker_, gate_,
                         platform),
        other_questions_(connection, {.timeout = options.request_timeout}, others_asker_, gate_,
                         platform) {}

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
        "entry while the registry is away, not answered, limited because too many tokens were "
        "unknown.",
        {{"result", result}});
  }

  // Of tokens that were known, which are asked about beside the others: a storm of unknown tokens
  // does not hold them up.
  enum class Queue { kKnown, kOthers };
  class QueueAsker final : public TokenQuestions::Asker {
   public:
    QueueAsker(CachedTokenDirectory& directory, Queue queue)
        : directory_(directory), queue_(queue) {}
    TokenCache::Asking asking() override {
      return directory_.cache_.asking(directory_.clock_.instant());
    }
    void answered(std::vector<Asked> asked, const TokenCache::Asking& asking,
                  std::vector<LookUp> answers) override {
      directory_.on_answers(queue_, std::move(asked), asking, std::move(answers));
    }

   private:
    CachedTokenDirectory& directory_;
    const Queue queue_;
  };

  void ask(Queue queue, TokenKey key, Done done);
  void send_question(Queue queue, Asked asked);
  void on_answers(Queue queue, std::vector<Asked> asked, const TokenCache::Asking& asking,
                  std::vector<LookUp> answers);
  void settle(Queue queue, Asked asked, const TokenCache::Asking& asking, LookUp result);
  bool hand_out(const TokenKey& key, const LookUp& result);
  LookUp while_away(const TokenKey& key, LookUp away);
  void on_revoked_event(const bus::Message& message);
  void on_updated_event(const bus::Message& message);

  bus::Connection& connection_;
  const TokenDirectoryOptions options_;
  const std::function<void(std::int64_t)> on_revoked_;
  const time::Clock& clock_;
  log::Logger& log_;
  const metrics::Counter hits_;
  const metrics::Counter asked_;
  const metrics::Counter stale_;
  const metrics::Counter unavailable_;
  const metrics::Counter limited_;
  TokenCache cache_;
  WaitingList waiting_;
  AwayMemory away_;
  UnknownLimit unknown_;
  const std::shared_ptr<CallGate> gate_;
  QueueAsker known_asker_;
  QueueAsker others_asker_;
  TokenQuestions known_questions_;
  TokenQuestions other_questions_;
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
  MILLRACE_ASSIGN_OR_RETURN(
      auto updated,
      connection_.subscribe(subjects::kApplicationUpdated, "",
                            [this](const bus::Message& message) { on_updated_event(message); }));
  subscriptions_.push_back(std::move(updated));
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
  for (Done& done : waiting_.take_all()) done(closed);
}

void CachedTokenDirectory::look_up(const std::string& app_version_name, const std::string& token,
                                   Done done) {
  if (waiting_.has(app_version_name, token)) {
    return ask(Queue::kOthers, TokenKey(app_version_name, token), std::move(done));
  }
  const time::Instant now = clock_.instant();
  const auto found = cache_.find({app_version_name, token}, now);
  if (found.has_value() && found->fresh) {
    hits_.increment();
    return done(found->answer);
  }
  if (found.has_value() && found->is_known()) {
    if (away_.may_ask(now)) {
      return ask(Queue::kKnown, TokenKey(app_version_name, token), std::move(done));
    }
    stale_.increment();
    return done(found->answer);
  }
  if (unknown_.has_room(now)) {
    return ask(Queue::kOthers, TokenKey(app_version_name, token), std::move(done));
  }
  limited_.increment();
  log_.warning_limited("not looking up tokens: too many were unknown",
                       {{"max_unknown_per_second", options_.max_unknown_per_second}});
  done(found.has_value() ? found->answer : too_many_unknown());
}

void CachedTokenDirectory::ask(Queue queue, TokenKey key, Done done) {
  switch (waiting_.add(key, done)) {
    case WaitingList::Place::kFirst:
      return send_question(queue, {std::move(key)});
    case WaitingList::Place::kShared:
      return;
    case WaitingList::Place::kRefused:
      break;
  }
  done(while_away(
      key, {LookUp::Result::kUnavailable, nullptr,
            fmt::format("{} look-ups wait for the registry already", options_.max_waiting)}));
}

void CachedTokenDirectory::send_question(Queue queue, Asked asked) {
  asked_.increment();
  (queue == Queue::kKnown ? known_questions_ : other_questions_).add(std::move(asked));
}

void CachedTokenDirectory::on_answers(Queue queue, std::vector<Asked> asked,
                                      const TokenCache::Asking& asking,
                                      std::vector<LookUp> answers) {
  for (std::size_t i = 0; i < asked.size(); ++i) {
    settle(queue, std::move(asked[i]), asking, std::move(answers[i]));
  }
}

void CachedTokenDirectory::settle(Queue queue, Asked asked, const TokenCache::Asking& asking,
                                  LookUp result) {
  const bool answered = result.result != LookUp::Result::kUnavailable;
  if (!answered) {
    away_.failed(clock_.instant());
    log_.warning_limited("cannot look up a token", {{"cause", result.reason}});
    result = while_away(asked.key, std::move(result));
  } else {
    away_.answered();
    if (result.result == LookUp::Result::kUnknown) unknown_.count_unknown(clock_.instant());
    TokenCache::Put put = cache_.put(TokenKeyView(asked.key), result, asking);
    if (put.overtaken && asked.repeats < kMaxRepeats) {
      ++asked.repeats;
      return send_question(queue, std::move(asked));
    }
    result = std::move(put.answer);
  }
  if (hand_out(asked.key, result)) return;
  if (answered) return send_question(queue, {std::move(asked.key)});
  // Asked again, it could fail inside the call, and so on. While the registry is away the thread
  // has little else to do.
  while (!hand_out(asked.key, result)) continue;
}

// False when still somebody waits.
bool CachedTokenDirectory::hand_out(const TokenKey& key, const LookUp& result) {
  for (int round = 0; round < kMaxRounds; ++round) {
    std::vector<Done> waiting = waiting_.take(key);
    if (waiting.empty()) return true;
    for (Done& done : waiting) done(result);
  }
  return false;
}

LookUp CachedTokenDirectory::while_away(const TokenKey& key, LookUp away) {
  auto found = cache_.find(TokenKeyView(key), clock_.instant());
  if (!found.has_value() || !found->is_known()) {
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

void CachedTokenDirectory::on_updated_event(const bus::Message& message) {
  identity::v1::ApplicationEvent event;
  if (!event.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
    log_.warning_limited("cannot read an application's event, asking again about every token",
                         {{"subject", message.subject}});
    return cache_.distrust_all();
  }
  if (event.token_ids().empty()) return cache_.distrust_application(event.application_name());
  cache_.distrust_tokens({event.token_ids().begin(), event.token_ids().end()});
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
