// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/token_questions.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/bus/subjects.h"
#include "lib/registry_client/registry_answer.h"

#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

namespace subjects = bus::subjects;

// Of the protocol, for each token.
constexpr std::size_t kTokenOverheadBytes = 16;

std::size_t bytes_of(const TokenKey& key) {
  return key.app_version_name.size() + key.token.size() + kTokenOverheadBytes;
}

std::vector<TokenKey> keys_of(const std::vector<TokenQuestions::Asked>& asked) {
  std::vector<TokenKey> keys;
  keys.reserve(asked.size());
  for (const TokenQuestions::Asked& each : asked) keys.push_back(each.key);
  return keys;
}

bool is_away(const LookUp& answer) {
  return answer.result == LookUp::Result::kUnavailable;
}

}  // namespace

TokenQuestions::TokenQuestions(bus::Connection& connection, Options options, Asker& asker,
                               std::shared_ptr<CallGate> gate, process::Platform& platform)
    : connection_(connection),
      options_(options),
      asker_(asker),
      gate_(std::move(gate)),
      clock_(platform.clock),
      tokens_(platform.metrics.histogram(
          "millrace_registry_client_question_tokens",
          "Tokens that were asked about together in one question to the registry.",
          {1, 2, 5, 10, 20, 50, 100, 200, 256})) {}

void TokenQuestions::add(Asked asked) {
  {
    concurrency::MutexLock lock(mutex_);
    waiting_.push_back(std::move(asked));
  }
  pump();
}

void TokenQuestions::pump() {
  {
    concurrency::MutexLock lock(mutex_);
    if (sending_) return;
    sending_ = true;
  }
  while (true) {
    Question question;
    {
      concurrency::MutexLock lock(mutex_);
      if (!may_send()) {
        sending_ = false;
        return;
      }
      question = take_next();
    }
    send(std::move(question));
  }
}

bool TokenQuestions::may_send() {
  const bool single = clock_.instant() < single_until_;
  return !waiting_.empty() &&
         in_flight_ < (single ? options_.max_single_in_flight : options_.max_in_flight);
}

TokenQuestions::Question TokenQuestions::take_next() {
  Question question;
  question.single = clock_.instant() < single_until_;
  const std::size_t max_tokens = question.single ? 1 : options_.max_tokens;
  std::size_t bytes = 0;
  while (!waiting_.empty() && question.asked.size() < max_tokens) {
    bytes += bytes_of(waiting_.front().key);
    if (bytes > options_.max_bytes && !question.asked.empty()) break;
    question.asked.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  ++in_flight_;
  return question;
}

void TokenQuestions::send(Question question) {
  question.asking = asker_.asking();
  tokens_.observe(static_cast<double>(question.asked.size()));
  const std::string payload = payload_of(question);
  const char* const subject =
      question.single ? subjects::kEndpointTokenRequest : subjects::kEndpointTokensRequest;
  connection_.request_async(subject, payload, options_.timeout,
                            [this, gate = gate_, question = std::move(question)](
                                const absl::StatusOr<std::string>& answer) mutable {
                              if (!gate->enter()) return;
                              on_answer(std::move(question), answer);
                              gate->leave();
                            });
}

std::string TokenQuestions::payload_of(const Question& question) {
  const auto fill = [](const Asked& asked, identity::v1::EndpointTokenRequest& request) {
    request.set_app_version_name(asked.key.app_version_name);
    request.set_token(asked.key.token);
  };
  if (question.single) {
    identity::v1::EndpointTokenRequest request;
    request.set_correlation_id(ids_.next());
    fill(question.asked.front(), request);
    return request.SerializeAsString();
  }
  identity::v1::EndpointTokensRequest request;
  request.set_correlation_id(ids_.next());
  for (const Asked& asked : question.asked) fill(asked, *request.add_tokens());
  return request.SerializeAsString();
}

void TokenQuestions::on_answer(Question question, const absl::StatusOr<std::string>& answer) {
  // Nobody serves the subject: the registry is away, or of before there was this question.
  if (!question.single && absl::IsUnavailable(answer.status())) {
    return ask_one_by_one(std::move(question));
  }
  std::vector<LookUp> answers;
  if (question.single) {
    answers.push_back(read_token_answer(answer, question.asked.front().key.app_version_name));
  } else {
    answers = read_tokens_answer(answer, keys_of(question.asked));
  }
  const bool away = std::all_of(answers.begin(), answers.end(), is_away);
  std::vector<Asked> waiting = settle(question, away);
  std::vector<LookUp> same(waiting.size(), away ? answers.front() : LookUp{});
  asker_.answered(std::move(question.asked), question.asking, std::move(answers));
  if (!waiting.empty()) {
    asker_.answered(std::move(waiting), question.asking, std::move(same));
  }
  pump();
}

void TokenQuestions::ask_one_by_one(Question question) {
  {
    concurrency::MutexLock lock(mutex_);
    --in_flight_;
    single_until_ = clock_.instant() + options_.single_for;
    waiting_.insert(waiting_.begin(), std::make_move_iterator(question.asked.begin()),
                    std::make_move_iterator(question.asked.end()));
  }
  pump();
}

// Those that are to be answered with it.
std::vector<TokenQuestions::Asked> TokenQuestions::settle(const Question& question, bool away) {
  concurrency::MutexLock lock(mutex_);
  --in_flight_;
  if (!away) return {};
  // It serves single questions neither: nothing tells of what age it is.
  if (question.single) single_until_ = {};
  std::vector<Asked> waiting(std::make_move_iterator(waiting_.begin()),
                             std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  return waiting;
}

}  // namespace millrace::registry_client
