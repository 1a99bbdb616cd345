// SPDX-License-Identifier: Apache-2.0
#include "query/diagnosis.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/error/error.h"
#include "query/quantity_text.h"
#include "query/reply.h"

namespace millrace::query {
namespace {

constexpr auto kError = v1::Finding::SEVERITY_ERROR;
constexpr auto kWarning = v1::Finding::SEVERITY_WARNING;

constexpr double kStreamFilling = 0.8;
constexpr double kStreamFull = 0.99;
constexpr double kConnectionsScarce = 0.9;
// A backlog this old is no burst.
constexpr std::chrono::minutes kOldBacklog{1};

class Diagnosis {
 public:
  Diagnosis(const Deployment& deployment, const std::set<std::string>& without)
      : deployment_(deployment), without_(without) {}

  v1::DiagnoseResponse make() {
    add_bus();
    add_database();
    add_services();
    add_backlog();
    add_ledger();
    add_rejections();
    std::stable_sort(response_.mutable_findings()->begin(), response_.mutable_findings()->end(),
                     [](const auto& a, const auto& b) { return a.severity() > b.severity(); });
    return std::move(response_);
  }

 private:
  using ServiceStatus = status::v1::ServiceStatus;

  void find(v1::Finding::Severity severity, std::string what, std::string action) {
    v1::Finding& finding = *response_.add_findings();
    finding.set_severity(severity);
    finding.set_what(std::move(what));
    finding.set_action(std::move(action));
  }
  void add_part(const std::string& part, const std::string& version, bool healthy,
                const std::string& detail) {
    v1::PartStatus& status = *response_.add_parts();
    status.set_part(part);
    status.set_instance(part);
    status.set_version(version);
    status.set_healthy(healthy);
    status.set_detail(detail);
  }

  void add_bus();
  void add_fill(const bus::StreamState& stream);
  void add_database();
  void add_services();
  void add_service(const ServiceStatus& service);
  void add_silent();
  void add_versions();
  void add_backlog();
  // True: what is in the stream is no backlog.
  bool add_leftovers();
  void add_ledger();
  void fill_ledger(const time_series::Ledger& ledger);
  void add_rejections();
  bool answers(const std::string& service) const;
  // "; 12,431 messages wait, the oldest since 3 min", or nothing.
  std::string waiting() const;

  const Deployment& deployment_;
  const std::set<std::string>& without_;
  v1::DiagnoseResponse response_;
};

void Diagnosis::add_bus() {
  const bool connected = deployment_.services.ok();
  add_part("nats-server", "", connected && deployment_.stream.ok(),
           !connected                ? error::message(deployment_.services.status())
           : deployment_.stream.ok() ? "the stream can be read"
                                     : error::message(deployment_.stream.status()));
  if (!connected) {
    find(kError,
         "nats-server cannot be asked: " + error::message(deployment_.services.status()) +
             "; uploads are answered 503, and nothing is known of the services",
         "start nats-server, or look into its log; everything goes on by itself then");
  } else if (!deployment_.stream.ok()) {
    find(kError,
         "the stream DATA_SAMPLES cannot be used: " + error::message(deployment_.stream.status()),
         "look into nats-server's log for JetStream; a stream that was deleted is made anew within "
         "seconds by an epts that runs: start one");
  } else {
    add_fill(*deployment_.stream);
  }
}

void Diagnosis::add_fill(const bus::StreamState& stream) {
  if (!stream.max_bytes.has_value() || *stream.max_bytes <= 0) return;
  const double share = static_cast<double>(stream.bytes) / static_cast<double>(*stream.max_bytes);
  if (share < kStreamFilling) return;
  const bool full = share >= kStreamFull;
  find(full ? kError : kWarning,
       fmt::format("the stream is {} % full ({} of {}){}", static_cast<int>(share * 100),
                   bytes_text(stream.bytes), bytes_text(*stream.max_bytes),
                   full ? ": uploads are answered 503" : ""),
       "find out why epts does not keep up; raise stream-max-size of all services if the disk has "
       "room");
}

void Diagnosis::add_database() {
  if (!deployment_.database.ok()) {
    const std::string cause = error::message(deployment_.database.status());
    add_part("postgresql", "", false, cause);
    find(kError,
         "PostgreSQL cannot be read: " + cause + "; uploads are accepted and wait in the stream",
         "start PostgreSQL, or look into its log; what waits is stored by itself then");
    return;
  }
  const time_series::DatabaseState& state = *deployment_.database;
  const bool scarce = static_cast<double>(state.connections) >=
                      kConnectionsScarce * static_cast<double>(state.max_connections);
  add_part("postgresql", state.version, !scarce,
           fmt::format("{} of {} connections, {}{}", state.connections, state.max_connections,
                       bytes_text(state.bytes),
                       state.is_replica ? ", a replica: the ledger is not compared" : ""));
  if (scarce) {
    find(
        kWarning,
        fmt::format("PostgreSQL has {} of {} connections in use", state.connections,
                    state.max_connections),
        "raise max_connections of PostgreSQL, or lower writers of epts and database-connections of "
        "registry and query");
  }
}

bool Diagnosis::answers(const std::string& service) const {
  return std::any_of(
      deployment_.services->begin(), deployment_.services->end(),
      [&service](const ServiceStatus& status) { return status.service() == service; });
}

void Diagnosis::add_services() {
  if (!deployment_.services.ok()) return;
  std::vector<const ServiceStatus*> services;
  for (const ServiceStatus& service : *deployment_.services) services.push_back(&service);
  std::sort(services.begin(), services.end(), [](const auto* a, const auto* b) {
    return std::tuple(a->service(), a->instance_name(), a->instance_id()) <
           std::tuple(b->service(), b->instance_name(), b->instance_id());
  });
  for (const ServiceStatus* service : services) add_service(*service);
  add_silent();
  add_versions();
}

void Diagnosis::add_service(const ServiceStatus& service) {
  std::string unmet;
  for (const status::v1::Condition& condition : service.conditions()) {
    if (condition.met()) continue;
    unmet += (unmet.empty() ? "" : "; ") + condition.name() + ": " + condition.detail();
  }
  v1::PartStatus& part = *response_.add_parts();
  part.set_part(service.service());
  part.set_instance(service.instance_name());
  part.set_version(service.version());
  part.set_healthy(unmet.empty());
  part.set_detail(unmet.empty() ? "up " + age_text(deployment_.now -
                                                   time::from_unix_us(service.started_at_us()))
                                : unmet);
  if (unmet.empty()) return;
  find(kError, fmt::format("{} is not ready: {}", service.instance_name(), unmet),
       "mend what it waits for; it goes on by itself then");
}

void Diagnosis::add_silent() {
  struct Silence {
    const char* service;
    v1::Finding::Severity severity;
    std::string means;
  };
  const Silence kSilences[] = {
      {"epts", kError, "nothing is stored" + waiting()},
      {"registry", kError,
       "tokens and rules that are not cached cannot be looked up: their uploads are answered 503, "
       "or wait"},
      {"http-receiver", kWarning, "nothing is taken over HTTP"},
      {"mqtt-receiver", kWarning, "nothing is taken over MQTT"}};
  for (const Silence& silence : kSilences) {
    if (without_.contains(silence.service) || answers(silence.service)) continue;
    find(silence.severity, fmt::format("{} does not answer: {}", silence.service, silence.means),
         fmt::format("start {0}, or look into its log; where there is none, say --without {0}",
                     silence.service));
  }
}

void Diagnosis::add_versions() {
  std::map<std::string, std::set<std::string>> versions;
  for (const ServiceStatus& service : *deployment_.services) {
    versions[service.service()].insert(service.version());
  }
  for (const auto& [service, of_service] : versions) {
    if (of_service.size() < 2) continue;
    find(kWarning,
         fmt::format("replicas of {} run different versions: {}", service,
                     fmt::join(of_service, ", ")),
         "finish the upgrade");
  }
}

std::string Diagnosis::waiting() const {
  if (!deployment_.stream.ok() || deployment_.stream->messages == 0) return "";
  std::string text = fmt::format("; {} wait{}", count_of(deployment_.stream->messages, "message"),
                                 deployment_.stream->messages == 1 ? "s" : "");
  if (deployment_.stream->oldest.has_value()) {
    text += ", the oldest since " + age_text(deployment_.now - *deployment_.stream->oldest);
  }
  return text;
}

// nats-server 2.9 notes what was taken out of the stream only every few seconds.
bool Diagnosis::add_leftovers() {
  if (!deployment_.consumer.ok() || deployment_.consumer->undelivered > 0 ||
      deployment_.consumer->ack_pending > 0) {
    return false;
  }
  find(kWarning,
       fmt::format("{} in the stream ended long ago and {} given to nobody: nats-server was "
                   "killed",
                   count_of(deployment_.stream->messages, "message"),
                   deployment_.stream->messages == 1 ? "is" : "are"),
       "no harm but the room they take; docs/operations.md, \"What stays in the stream after kill "
       "-9\", says how to be rid of them");
  return true;
}

void Diagnosis::add_backlog() {
  if (!deployment_.stream.ok() || !deployment_.stream->oldest.has_value()) return;
  if (deployment_.now - *deployment_.stream->oldest < kOldBacklog) return;
  // Said there already.
  if (deployment_.services.ok() && !answers("epts")) return;
  if (add_leftovers()) return;
  find(kWarning, "epts does not keep up" + waiting(),
       "see docs/operations.md on a backlog: PostgreSQL, the registry, or too few epts");
}

void Diagnosis::fill_ledger(const time_series::Ledger& ledger) {
  v1::Ledger& to = *response_.mutable_ledger();
  set_time(*to.mutable_since(), ledger.began_at);
  to.set_messages_ended(ledger.messages);
  to.set_samples_stored(ledger.samples_stored);
  to.set_samples_merged(ledger.samples_merged);
  to.set_samples_rejected(ledger.samples_rejected);
  to.set_samples_empty(ledger.samples_empty);
  to.set_messages_terminated(ledger.messages_terminated);
  if (!deployment_.stream.ok() || ledger.stream_created != deployment_.stream->created) return;
  time_series::StreamPosition position;
  position.last_sequence = deployment_.stream->last_sequence;
  to.set_messages_received(ledger.received(position));
  to.set_difference(deployment_.difference.value_or(0));
  to.set_messages_in_flight(to.messages_received() - to.messages_ended() - to.difference());
}

void Diagnosis::add_ledger() {
  if (!deployment_.ledger.ok()) return;
  if (!deployment_.ledger->has_value()) {
    find(kWarning, "there is no ledger yet", "start an epts of this version: it begins one");
    return;
  }
  const time_series::Ledger& ledger = **deployment_.ledger;
  fill_ledger(ledger);
  if (deployment_.stream.ok() && ledger.stream_created != deployment_.stream->created) {
    find(kWarning, "the ledger is of another stream: DATA_SAMPLES was made anew",
         "nothing to do: epts begins another ledger within seconds; if it does not, start it");
  }
  const std::int64_t difference = deployment_.difference.value_or(0);
  if (difference > 0) {
    find(
        kError,
        fmt::format("{} left the stream without coming to an end", count_of(difference, "message")),
        "was the stream purged, or did an epts from before the ledger run beside this one? Else "
        "see docs/operations.md on a ledger that does not balance");
  } else if (difference < 0) {
    find(kError,
         fmt::format("{} ended more often than the stream had them",
                     count_of(-difference, "message")),
         "see docs/operations.md on a ledger that does not balance");
  }
}

void Diagnosis::add_rejections() {
  double terminated = 0;
  if (deployment_.services.ok()) {
    for (const ServiceStatus& service : *deployment_.services) {
      const auto figure = service.figures().find("millrace_epts_terminated_total");
      if (figure != service.figures().end()) terminated += figure->second;
    }
  }
  if (terminated > 0) {
    find(kWarning,
         fmt::format("{} terminated since epts started",
                     count_of(static_cast<std::int64_t>(terminated), "message") +
                         (terminated == 1 ? " was" : " were")),
         "the log of epts says of each why; who else writes to the stream?");
  }
  if (!deployment_.rejections.ok()) return;
  for (const time_series::RejectionCount& count : *deployment_.rejections) {
    find(kWarning,
         fmt::format("rejected samples in the last hour: {} of endpoint {} ({}): {}",
                     count_text(count.rows), count.endpoint_id, count.application_name,
                     count.reason),
         fmt::format("millrace rejected list --app {} --endpoint {}", count.application_name,
                     count.endpoint_id));
  }
}

}  // namespace

v1::DiagnoseResponse diagnose(const Deployment& deployment, const std::set<std::string>& without) {
  return Diagnosis(deployment, without).make();
}

}  // namespace millrace::query
