// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/credential_questions.h"

#include <utility>

#include <fmt/format.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/registry_answer.h"

#include "millrace/identity/v1/client_credentials.pb.h"

namespace millrace::registry_client {
namespace {

using Result = CredentialAnswer::Result;

// While credentials are revoked by the thousand, whoever waits is asked to come again after so
// many.
constexpr int kMaxRepeats = 3;

// User names whose failures are remembered; 100 bytes each.
constexpr std::size_t kMaxFailingNames = 10'000;

CredentialAnswer too_many_wrong() {
  return {Result::kUnavailable, 0,
          "too many wrong credentials were shown just now; try again in a second"};
}

metrics::Counter checks(process::Platform& platform, const char* result) {
  return platform.metrics.counter(
      "millrace_registry_client_credential_checks_total",
      "Checks of what MQTT clients show: answered from the cache, asked of the registry, answered "
      "from an expired entry while the registry is away, not asked because too many were wrong, "
      "not answered.",
      {{"result", result}});
}

}  // namespace

CredentialQuestions::CredentialQuestions(bus::Connection& connection,
                                         const CredentialQuestionOptions& options,
                                         std::shared_ptr<CallGate> gate,
                                         process::Platform& platform)
    : connection_(connection),
      options_(options),
      gate_(std::move(gate)),
      clock_(platform.clock),
      log_(platform.log),
      cached_(checks(platform, "cached")),
      asked_(checks(platform, "asked")),
      stale_(checks(platform, "stale")),
      limited_(checks(platform, "limited")),
      unavailable_(checks(platform, "unavailable")),
      cache_(options.cache),
      storm_(options.max_refused_per_second, options.max_refused_per_second_per_name,
             kMaxFailingNames),
      away_(options.request_timeout) {}

void CredentialQuestions::ask(Credential credential, Done done) {
  const bool is_basic = credential.kind == Credential::Kind::kBasic;
  const std::string key = cache_.key_of(is_basic ? 'b' : 'c', credential.name, credential.secret);
  const time::Instant now = clock_.instant();
  const auto found = cache_.find(key, now);
  if (found.has_value() && found->fresh) {
    cached_.increment();
    return done(found->answer);
  }
  if (found.has_value() && !away_.may_ask(now)) {
    stale_.increment();
    return done(found->answer);
  }
  if (!has_room(credential)) {
    limited_.increment();
    return done(too_many_wrong());
  }
  switch (wait_for(key, done)) {
    case Place::kShared:
      return;
    case Place::kRefused:
      return done(while_away(
          key, {Result::kUnavailable, 0,
                fmt::format("{} checks wait for the registry already", options_.max_waiting)}));
    case Place::kFirst:
      break;
  }
  {
    concurrency::MutexLock lock(mutex_);
    line_.push_back({key, std::move(credential), 0});
  }
  pump();
}

CredentialQuestions::Place CredentialQuestions::wait_for(const std::string& key, Done& done) {
  concurrency::MutexLock lock(mutex_);
  if (waiting_count_ >= options_.max_waiting) return Place::kRefused;
  ++waiting_count_;
  const auto [list, is_new] = waiting_.try_emplace(key);
  list->second.push_back(std::move(done));
  return is_new ? Place::kFirst : Place::kShared;
}

bool CredentialQuestions::take_next(Question& question) {
  concurrency::MutexLock lock(mutex_);
  if (line_.empty() || in_flight_ >= options_.max_in_flight) return false;
  question = std::move(line_.front());
  line_.pop_front();
  ++in_flight_;
  return true;
}

void CredentialQuestions::pump() {
  Question question;
  while (take_next(question)) {
    // What was asked since it came in line may have used up the room.
    if (has_room(question.credential)) {
      send(std::move(question));
      continue;
    }
    {
      concurrency::MutexLock lock(mutex_);
      --in_flight_;
    }
    limited_.increment();
    hand_out(question.key, too_many_wrong());
  }
}

bool CredentialQuestions::has_room(const Credential& credential) {
  const bool is_basic = credential.kind == Credential::Kind::kBasic;
  return storm_.has_room(is_basic ? credential.name : "", clock_.instant());
}

void CredentialQuestions::send(Question question) {
  asked_.increment();
  const CredentialCache::Asking asking = cache_.asking(clock_.instant());
  const char* const subject = question.credential.kind == Credential::Kind::kBasic
                                  ? bus::subjects::kBasicCredentialsRequest
                                  : bus::subjects::kCertificateCredentialsRequest;
  const std::string payload = payload_of(question.credential);
  connection_.request_async(subject, payload, options_.request_timeout,
                            [this, gate = gate_, asking, question = std::move(question)](
                                const absl::StatusOr<std::string>& bytes) {
                              if (!gate->enter()) return;
                              on_answer(question, asking, bytes);
                              gate->leave();
                            });
}

std::string CredentialQuestions::payload_of(const Credential& credential) {
  if (credential.kind == Credential::Kind::kCertificate) {
    identity::v1::CertificateCredentialsRequest request;
    request.set_correlation_id(ids_.next());
    request.set_issuer(credential.name);
    request.set_serial_number(credential.secret);
    return request.SerializeAsString();
  }
  identity::v1::BasicCredentialsRequest request;
  request.set_correlation_id(ids_.next());
  request.set_user_name(credential.name);
  request.set_password_digest(credential.secret);
  return request.SerializeAsString();
}

void CredentialQuestions::on_answer(Question question, const CredentialCache::Asking& asking,
                                    const absl::StatusOr<std::string>& bytes) {
  const CredentialAnswer answer = read_credential_answer(bytes);
  {
    concurrency::MutexLock lock(mutex_);
    --in_flight_;
  }
  if (answer.result == Result::kUnavailable) {
    away_.failed(clock_.instant());
    log_.warning_limited("cannot check the credentials of a client", {{"cause", answer.reason}});
    hand_out(question.key, while_away(question.key, answer));
    // Nobody waits for longer than one time-out.
    return give_up(answer.reason);
  }
  away_.answered();
  if (answer.result != Result::kKnown) {
    const bool is_basic = question.credential.kind == Credential::Kind::kBasic;
    storm_.count_refused(is_basic ? question.credential.name : "", clock_.instant());
  }
  if (cache_.put(question.key, answer, asking)) {
    hand_out(question.key, answer);
  } else if (question.repeats < kMaxRepeats) {
    ++question.repeats;
    concurrency::MutexLock lock(mutex_);
    line_.push_front(std::move(question));
  } else {
    hand_out(question.key, {Result::kUnavailable, 0, "credentials are being revoked; try again"});
  }
  pump();
}

void CredentialQuestions::give_up(const std::string& reason) {
  std::deque<Question> given_up;
  {
    concurrency::MutexLock lock(mutex_);
    given_up.swap(line_);
  }
  for (const Question& question : given_up) {
    hand_out(question.key, while_away(question.key, {Result::kUnavailable, 0, reason}));
  }
}

void CredentialQuestions::close(const std::string& reason) {
  std::vector<Done> all;
  {
    concurrency::MutexLock lock(mutex_);
    line_.clear();
    for (auto& [key, list] : waiting_) {
      for (Done& done : list) all.push_back(std::move(done));
    }
    waiting_.clear();
    waiting_count_ = 0;
  }
  for (const Done& done : all) done({Result::kUnavailable, 0, reason});
}

CredentialAnswer CredentialQuestions::while_away(const std::string& key, CredentialAnswer away) {
  auto found = cache_.find(key, clock_.instant());
  if (!found.has_value()) {
    unavailable_.increment();
    return away;
  }
  stale_.increment();
  return std::move(found->answer);
}

void CredentialQuestions::hand_out(const std::string& key, const CredentialAnswer& answer) {
  std::vector<Done> all;
  {
    concurrency::MutexLock lock(mutex_);
    const auto list = waiting_.find(key);
    if (list == waiting_.end()) return;
    all = std::move(list->second);
    waiting_.erase(list);
    waiting_count_ -= all.size();
  }
  for (const Done& done : all) done(answer);
}

}  // namespace millrace::registry_client
