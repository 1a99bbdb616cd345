// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/authentication_watch.h"

#include <utility>

#include "lib/bus/subjects.h"
#include "lib/error/error.h"
#include "lib/registry_client/registry_answer.h"

#include "millrace/identity/v1/client_credentials.pb.h"

namespace millrace::registry_client {
namespace {

// After a question that was not answered.
constexpr std::chrono::seconds kPause{1};

}  // namespace

AuthenticationWatch::AuthenticationWatch(bus::Connection& connection, const Options& options,
                                         Listener listener, std::shared_ptr<CallGate> gate,
                                         process::Platform& platform)
    : connection_(connection),
      options_(options),
      listener_(std::move(listener)),
      gate_(std::move(gate)),
      clock_(platform.clock),
      log_(platform.log) {}

std::optional<AuthenticationRules> AuthenticationWatch::rules() const {
  concurrency::MutexLock lock(mutex_);
  return rules_;
}

AuthenticationWatch::Wait AuthenticationWatch::wait_for_rules(std::function<void()> done) {
  {
    concurrency::MutexLock lock(mutex_);
    if (rules_.has_value()) return Wait::kKnown;
    if (waiting_.size() >= options_.max_waiting) return Wait::kTooMany;
    waiting_.push_back({std::move(done), clock_.instant() + options_.max_wait});
  }
  ask_if_due();
  return Wait::kWaiting;
}

void AuthenticationWatch::keep_up() {
  ask_if_due();
  let_go(clock_.instant());
}

void AuthenticationWatch::ask_if_due() {
  std::int64_t revision = 0;
  {
    concurrency::MutexLock lock(mutex_);
    if (asking_ || clock_.instant() < ask_at_) return;
    asking_ = true;
    revision = revision_;
  }
  ask(revision);
}

void AuthenticationWatch::refresh() {
  {
    concurrency::MutexLock lock(mutex_);
    if (asking_) ask_again_ = true;
    ask_at_ = {};
  }
  ask_if_due();
}

void AuthenticationWatch::ask(std::int64_t known_revision) {
  identity::v1::ClientAuthenticationRequest request;
  request.set_correlation_id(ids_.next());
  request.set_known_revision(known_revision);
  connection_.request_async(bus::subjects::kClientAuthenticationRequest,
                            request.SerializeAsString(), options_.request_timeout,
                            [this, gate = gate_](const absl::StatusOr<std::string>& bytes) {
                              if (!gate->enter()) return;
                              on_answer(bytes);
                              gate->leave();
                            });
}

void AuthenticationWatch::on_answer(const absl::StatusOr<std::string>& bytes) {
  const auto news = read_authentication_answer(bytes);
  if (!news.ok()) return fail(error::message(news.status()));
  const bool again = take(*news);
  let_go(time::Instant::max());
  if (again) ask_if_due();
}

bool AuthenticationWatch::take(const AuthenticationNews& news) {
  bool is_new = false;
  bool is_another = false;
  bool again = false;
  {
    concurrency::MutexLock lock(mutex_);
    is_new = rules_ != news.rules;
    is_another = news.revision < revision_;
    rules_ = news.rules;
    revision_ = news.revision;
    asking_ = false;
    again = std::exchange(ask_again_, false) || news.more_revoked;
    ask_at_ = again ? time::Instant{} : clock_.instant() + options_.expiry;
  }
  if (is_another) listener_.on_forgotten();
  if (!news.revoked_ids.empty()) listener_.on_revoked(news.revoked_ids);
  if (is_new) listener_.on_rules(news.rules);
  return again;
}

void AuthenticationWatch::fail(const std::string& cause) {
  {
    concurrency::MutexLock lock(mutex_);
    asking_ = false;
    ask_again_ = false;
    ask_at_ = clock_.instant() + kPause;
  }
  log_.warning_limited("cannot learn what MQTT clients have to show", {{"cause", cause}});
  let_go(clock_.instant());
}

void AuthenticationWatch::let_go(time::Instant now) {
  std::vector<std::function<void()>> gone;
  {
    concurrency::MutexLock lock(mutex_);
    while (!waiting_.empty() && waiting_.front().until <= now) {
      gone.push_back(std::move(waiting_.front().done));
      waiting_.pop_front();
    }
  }
  for (const auto& done : gone) done();
}

void AuthenticationWatch::close() {
  let_go(time::Instant::max());
}

}  // namespace millrace::registry_client
