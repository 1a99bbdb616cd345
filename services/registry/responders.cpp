// SPDX-License-Identifier: Apache-2.0
#include "registry/responders.h"

#include "lib/bus/subjects.h"
#include "lib/error/error.h"

namespace millrace::registry {
namespace {

// Requests waiting for a worker: a second's work.
constexpr std::size_t kMaxWaiting = 4096;
// Likewise, of one worker; further ones are asked again by clients that connect again.
constexpr std::size_t kMaxPasswordsWaiting = 1024;
// Of a check of endpoints, the longest but for many tokens, whoever asks sends several
// (registry_client).
constexpr std::size_t kMaxRequestBytes = 4096;
// Whoever asked has given up by then (request_timeout of registry_client).
constexpr std::chrono::milliseconds kAnswerWithin{2000};

}  // namespace

Responders::Responders(bus::Connection& connection, LookUps& look_ups,
                       const ResponderWorkers& workers, process::Platform& platform)
    : connection_(connection),
      platform_(platform),
      queue_({.workers = workers.look_ups, .capacity = kMaxWaiting}),
      password_queue_({.workers = workers.password_checks, .capacity = kMaxPasswordsWaiting}),
      kinds_{
          {bus::subjects::kEndpointTokenRequest, "token",
           [&look_ups](const std::string& bytes) { return look_ups.token(bytes); },
           token_unavailable, kMaxRequestBytes, queue_},
          {bus::subjects::kEndpointTokensRequest, "tokens",
           [&look_ups](const std::string& bytes) { return look_ups.tokens(bytes); },
           tokens_unavailable, kMaxTokensQuestionBytes, queue_},
          {bus::subjects::kEndpointCheckRequest, "endpoints",
           [&look_ups](const std::string& bytes) { return look_ups.endpoints(bytes); },
           endpoints_unavailable, kMaxRequestBytes, queue_},
          {bus::subjects::kApiKeyCheckRequest, "api_key",
           [&look_ups](const std::string& bytes) { return look_ups.api_key(bytes); },
           key_unavailable, kMaxRequestBytes, queue_},
          {bus::subjects::kApplicationConfigurationRequest, "configuration",
           [&look_ups](const std::string& bytes) { return look_ups.configuration(bytes); },
           configuration_unavailable, kMaxRequestBytes, queue_},
          {bus::subjects::kBasicCredentialsRequest, "basic_credentials",
           [&look_ups](const std::string& bytes) { return look_ups.credentials().basic(bytes); },
           credentials_unavailable, kMaxRequestBytes, password_queue_},
          {bus::subjects::kCertificateCredentialsRequest, "certificate_credentials",
           [&look_ups](const std::string& bytes) {
             return look_ups.credentials().certificate(bytes);
           },
           credentials_unavailable, kMaxRequestBytes, queue_},
          {bus::subjects::kClientAuthenticationRequest, "client_authentication",
           [&look_ups](const std::string& bytes) {
             return look_ups.credentials().authentication(bytes);
           },
           authentication_unavailable, kMaxRequestBytes, queue_},
      } {}

Responders::~Responders() {
  stop();
}

absl::StatusOr<std::unique_ptr<Responders>> Responders::start(bus::Connection& connection,
                                                              LookUps& look_ups,
                                                              const ResponderWorkers& workers,
                                                              process::Platform& platform) {
  std::unique_ptr<Responders> responders(new Responders(connection, look_ups, workers, platform));
  for (const Kind& kind : responders->kinds_) {
    MILLRACE_RETURN_IF_ERROR(responders->subscribe(kind));
  }
  return responders;
}

absl::Status Responders::subscribe(const Kind& kind) {
  MILLRACE_ASSIGN_OR_RETURN(
      auto subscription,
      connection_.subscribe(kind.subject, bus::subjects::kRegistryQueue,
                            [this, &kind](const bus::Message& message) { take(kind, message); }));
  subscriptions_.push_back(std::move(subscription));
  return absl::OkStatus();
}

void Responders::take_no_more() {
  subscriptions_.clear();
}

void Responders::stop() {
  take_no_more();
  queue_.stop();
  password_queue_.stop();
}

void Responders::take(const Kind& kind, const bus::Message& message) {
  if (message.reply_to.empty()) return;
  const std::string reply_to(message.reply_to);
  if (message.payload.size() > kind.max_request_bytes) {
    respond(kind, reply_to, kind.unavailable("the request is too long"));
    return;
  }
  const time::Instant received = platform_.clock.instant();
  const bool taken =
      kind.queue.push([this, &kind, reply_to, received, request = std::string(message.payload)] {
        if (platform_.clock.instant() - received > kAnswerWithin) {
          count(kind.label, "expired");
          return;
        }
        respond(kind, reply_to, kind.answer(request));
        const std::chrono::duration<double> duration = platform_.clock.instant() - received;
        platform_.metrics
            .histogram("millrace_registry_look_up_duration_seconds",
                       "Time from a request over NATS to its answer, by kind",
                       metrics::latency_bounds_seconds(), {{"kind", kind.label}})
            .observe(duration.count());
      });
  if (!taken) respond(kind, reply_to, kind.unavailable("the registry is busy; try again"));
}

void Responders::respond(const Kind& kind, const std::string& reply_to, const Answer& answer) {
  count(kind.label, std::to_string(answer.status));
  // A lost answer is a time-out for the one who asked, who asks again.
  (void)connection_.publish(reply_to, answer.bytes);
}

void Responders::count(const std::string& kind, const std::string& status) {
  platform_.metrics
      .counter("millrace_registry_look_ups_total",
               "Requests over NATS, by kind and status of the answer",
               {{"kind", kind}, {"status", status}})
      .increment();
}

}  // namespace millrace::registry
