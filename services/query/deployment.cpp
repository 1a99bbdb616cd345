// SPDX-License-Identifier: Apache-2.0
#include "query/deployment.h"

#include "lib/bus/gather.h"
#include "lib/bus/subjects.h"
#include "lib/concurrency/wait.h"
#include "lib/error/error.h"

namespace millrace::query {
namespace {

constexpr char kNotConnected[] = "not connected to NATS";
constexpr std::int64_t kShownRejections = 5;
// The ledger is looked at so often until it balances.
constexpr int kLedgerLooks = 5;
constexpr std::chrono::milliseconds kBetweenLedgerLooks{100};

absl::StatusOr<std::vector<status::v1::ServiceStatus>> ask_services(bus::Connection& bus,
                                                                    const time::Clock& clock) {
  MILLRACE_ASSIGN_OR_RETURN(
      const auto answers,
      bus::gather(bus, bus::subjects::kStatusRequest,
                  status::v1::StatusRequest().SerializeAsString(), kGatherWait, clock));
  std::vector<status::v1::ServiceStatus> services;
  for (const std::string& answer : answers) {
    status::v1::ServiceStatus service;
    if (service.ParseFromString(answer)) services.push_back(std::move(service));
  }
  return services;
}

void read_tables(const ReadDatabase& read, Deployment& deployment) {
  const absl::Status status = read([&](postgres::Connection& connection) -> absl::Status {
    deployment.database = time_series::read_database_state(connection);
    MILLRACE_RETURN_IF_ERROR(deployment.database.status());
    deployment.rejections = time_series::read_recent_rejections(connection, kShownRejections);
    return deployment.rejections.status();
  });
  if (status.ok()) return;
  if (!deployment.database.ok()) deployment.database = status;
  if (!deployment.rejections.ok()) deployment.rejections = status;
}

absl::StatusOr<std::optional<time_series::Ledger>> read_ledger(const ReadDatabase& read) {
  std::optional<time_series::Ledger> ledger;
  MILLRACE_RETURN_IF_ERROR(read([&ledger](postgres::Connection& connection) -> absl::Status {
    MILLRACE_ASSIGN_OR_RETURN(ledger, time_series::read_ledger(connection));
    return absl::OkStatus();
  }));
  return ledger;
}

time_series::StreamPosition position_of(const Deployment& deployment) {
  time_series::StreamPosition position;
  position.created = deployment.stream->created;
  position.first_sequence = deployment.stream->first_sequence;
  position.last_sequence = deployment.stream->last_sequence;
  position.messages = deployment.stream->messages;
  position.undelivered = deployment.consumer.ok() ? deployment.consumer->undelivered : 0;
  return position;
}

// In the order that time_series::difference() asks for.
void compare_ledger(bus::Connection& bus, const ReadDatabase& read, Deployment& deployment) {
  deployment.ledger = deployment.database.ok() ? read_ledger(read) : deployment.database.status();
  if (!bus.connected()) {
    deployment.stream = absl::UnavailableError(kNotConnected);
    deployment.consumer = absl::UnavailableError(kNotConnected);
    return;
  }
  deployment.consumer = bus::data_samples_consumer_state(bus);
  deployment.stream = bus::data_samples_state(bus);
  if (!deployment.ledger.ok() || !deployment.stream.ok() || !deployment.ledger->has_value()) return;
  // A replica of the database is a moment behind the stream.
  if (deployment.database->is_replica) return;
  const auto after = read_ledger(read);
  if (!after.ok() || !after->has_value()) return;
  const time_series::Ledger& before = **deployment.ledger;
  if (before.epoch != (*after)->epoch || before.stream_created != deployment.stream->created) {
    return;
  }
  deployment.difference = time_series::difference(before, position_of(deployment), **after);
}

}  // namespace

Deployment look_at_deployment(bus::Connection& bus, const ReadDatabase& read,
                              const time::Clock& clock) {
  Deployment deployment;
  deployment.now = clock.now();
  deployment.services =
      bus.connected() ? ask_services(bus, clock) : absl::UnavailableError(kNotConnected);
  read_tables(read, deployment);
  for (int look = 0; look < kLedgerLooks; ++look) {
    if (look > 0) (void)concurrency::sleep_for(std::stop_token(), kBetweenLedgerLooks);
    deployment.difference.reset();
    compare_ledger(bus, read, deployment);
    if (deployment.difference.value_or(0) == 0) break;
  }
  return deployment;
}

}  // namespace millrace::query
