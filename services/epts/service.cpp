// SPDX-License-Identifier: Apache-2.0
#include "epts/service.h"

#include <algorithm>
#include <utility>

#include "epts/batch_engine.h"
#include "epts/postgres_store.h"
#include "epts/schema.h"
#include "epts/writer.h"
#include "lib/bus/streams.h"
#include "lib/bus/subjects.h"
#include "lib/bus/unique_id.h"
#include "lib/concurrency/wait.h"
#include "lib/error/error.h"

namespace millrace::epts {
namespace {

using std::chrono::milliseconds;

// A fetch that finds nothing ends after so long; a stop waits for it.
constexpr milliseconds kFetchWait{1000};
constexpr milliseconds kLongestPause{5000};
constexpr std::size_t kMaxWaitingEventBytes = 32 << 20;
constexpr milliseconds kRetryAfter{500};
// Longer than any batch is at work.
constexpr std::chrono::minutes kForgetAfter{5};

// Between two signs of life; pauses are never longer.
milliseconds heartbeat(const Settings& settings) {
  return settings.ack_wait / 3;
}

Backoff backoff(const Settings& settings) {
  return {milliseconds{100}, std::min(kLongestPause, heartbeat(settings))};
}

EngineOptions engine_options(const Settings& settings) {
  EngineOptions options;
  options.samples_per_transaction = static_cast<std::size_t>(settings.samples_per_transaction);
  options.heartbeat = heartbeat(settings);
  options.backoff = backoff(settings);
  options.extraction.max_fields = static_cast<std::size_t>(settings.fields_per_sample);
  options.extraction.max_string_bytes = static_cast<std::size_t>(settings.string_bytes);
  options.window = {settings.accept_past, settings.accept_future};
  options.retention = settings.retention;
  return options;
}

time_series::WriterLimits writer_limits(const Settings& settings) {
  time_series::WriterLimits limits;
  limits.max_values = static_cast<std::size_t>(settings.series_per_application);
  limits.max_layouts = static_cast<std::size_t>(settings.layouts_per_application);
  limits.endpoint = {static_cast<std::size_t>(settings.series_per_endpoint),
                     static_cast<std::size_t>(settings.layouts_per_endpoint)};
  limits.cached_endpoints = static_cast<std::size_t>(settings.cached_endpoints);
  limits.max_rejected_sample_bytes = static_cast<std::size_t>(settings.rejected_sample_bytes);
  return limits;
}

time_series::RollupOptions rollup_options(const Settings& settings) {
  time_series::RollupOptions options;
  options.enabled = settings.rollups == "on";
  options.share = static_cast<int>(settings.rollup_share);
  return options;
}

std::vector<std::string> status_figures() {
  return {"millrace_epts_samples_total", "millrace_epts_backlog_messages",
          "millrace_epts_backlog_age_seconds", "millrace_epts_terminated_total",
          "millrace_epts_rejections_total"};
}

bus::FetchLimits fetch_limits(const Settings& settings) {
  return {static_cast<int>(settings.fetch_messages), settings.fetch_bytes, kFetchWait};
}

}  // namespace

EptsService::EptsService(const Settings& settings, process::Platform& platform)
    : settings_(settings), platform_(platform), ledger_(platform.metrics) {}

absl::Status EptsService::start(std::stop_token stop) {
  MILLRACE_RETURN_IF_ERROR(migrate(settings_, platform_, stop));
  MILLRACE_ASSIGN_OR_RETURN(
      bus_,
      bus::Connection::connect({settings_.nats_url, settings_.instance_name}, platform_, stop));
  stream_ = settings_.stream;
  MILLRACE_ASSIGN_OR_RETURN(stream_.data_points_transmitters, transmitters(settings_));
  MILLRACE_RETURN_IF_ERROR(bus::ensure_data_samples_stream(*bus_, stream_, platform_, stop));
  MILLRACE_ASSIGN_OR_RETURN(rules_, registry_client::RulesDirectory::create(*bus_, platform_));
  MILLRACE_RETURN_IF_ERROR(start_announcer());
  MILLRACE_RETURN_IF_ERROR(begin_ledger(stop));
  database_upkeep_.emplace(
      database_options(settings_),
      time_series::RejectedSampleLimits{settings_.rejected_sample_age, settings_.rejected_samples},
      [this](postgres::Connection& connection) { return ledger_watch_->look(connection); },
      platform_);
  retention_upkeep_.emplace(database_options(settings_), *rules_, settings_.retention, platform_);
  rollup_upkeep_.emplace(database_options(settings_), rollup_options(settings_), platform_);
  backlog_watch_.emplace(BacklogWatch::Questions{[this] { return bus::data_samples_state(*bus_); },
                                                 [this] { return make_consumer(); }},
                         platform_);
  MILLRACE_RETURN_IF_ERROR(tell_status());
  for (std::int64_t i = 0; i < settings_.writers; ++i) {
    writers_.emplace_back([this](const std::stop_token& token) { run_writer(token); });
  }
  return absl::OkStatus();
}

Announced EptsService::announced() const {
  if (settings_.data_points_events == "off") return Announced::kNothing;
  return settings_.data_points_events == "on" ? Announced::kAll : Announced::kWhatIsAskedFor;
}

// Before the writers: whoever listens knows of this process before it stores anything.
absl::Status EptsService::start_announcer() {
  interest_.emplace(platform_);
  announcer_.emplace(
      [this](const Announcer::Event& event) {
        return bus_->publish(event.subject, event.payload, event.trace);
      },
      AnnouncerOptions{bus::random_token(), announced(), kMaxWaitingEventBytes}, *interest_,
      platform_);
  MILLRACE_ASSIGN_OR_RETURN(
      interest_messages_,
      bus_->subscribe(bus::subjects::kDataPointsInterest, "", [this](const bus::Message& message) {
        if (interest_->hear(message.payload)) announcer_->say_presence();
      }));
  announcer_->introduce();
  return absl::OkStatus();
}

absl::Status EptsService::tell_status() {
  status::Self self{"epts", settings_.instance_name, status_figures()};
  self.further_conditions = [this] {
    const std::optional<std::string> fault = store_faults_.any();
    status::v1::Condition storing;
    storing.set_name("storing");
    storing.set_met(!fault.has_value());
    storing.set_detail(fault.value_or("nothing is in the way"));
    return std::vector{storing};
  };
  MILLRACE_ASSIGN_OR_RETURN(
      status_, status::StatusResponder::start(*bus_, std::move(self), &empties_, platform_));
  return absl::OkStatus();
}

absl::Status EptsService::begin_ledger(const std::stop_token& stop) {
  // Asked while the connection is away, NATS would keep the upkeep waiting.
  const auto if_connected = [this](auto question) {
    return [this, question]() -> decltype(question(*bus_)) {
      if (!bus_->connected()) return absl::UnavailableError("not connected to NATS");
      return question(*bus_);
    };
  };
  ledger_watch_.emplace(LedgerWatch::Questions{if_connected(bus::data_samples_state),
                                               if_connected(bus::data_samples_consumer_state)},
                        std::max<std::chrono::nanoseconds>(kForgetAfter, 2 * settings_.ack_wait),
                        platform_);
  while (true) {
    auto connection = postgres::Connection::connect(database_options(settings_));
    const absl::Status status =
        connection.ok() ? ledger_watch_->begin(**connection) : connection.status();
    if (status.ok()) return status;
    platform_.log.warning_limited("waiting to begin the ledger",
                                  {{"cause", error::message(status)}});
    if (!concurrency::sleep_for(stop, kRetryAfter)) {
      return absl::CancelledError("stopped while waiting for NATS or PostgreSQL");
    }
  }
}

absl::StatusOr<std::unique_ptr<bus::Consumer>> EptsService::make_consumer() {
  bus::ConsumerOptions options;
  options.ack_wait = settings_.ack_wait;
  return bus::Consumer::create(*bus_, options, platform_);
}

void EptsService::run_writer(const std::stop_token& stop) {
  PostgresStore store(database_options(settings_), writer_limits(settings_), platform_);
  BatchEngine engine({store, *rules_, ledger_, done_, announcer_ ? &*announcer_ : nullptr,
                      &store_faults_, &empties_},
                     engine_options(settings_), concurrency::sleep_for, platform_);
  Writer writer(
      {[this, &stop]() -> absl::StatusOr<std::unique_ptr<bus::Consumer>> {
         // Somebody may have deleted the stream: devices get 503 until it is there again.
         MILLRACE_RETURN_IF_ERROR(bus::ensure_data_samples_stream(*bus_, stream_, platform_, stop));
         return make_consumer();
       },
       [&engine](Writer::Messages messages, std::stop_token token) {
         engine.handle(std::move(messages), std::move(token));
       },
       concurrency::sleep_for},
      fetch_limits(settings_), backoff(settings_), platform_);
  writer.run(stop);
}

// The batch at work is finished or, while PostgreSQL is away, handed back; a statement that hangs
// ends with the statement timeout, or with the process: nothing is lost by either.
void EptsService::stop(std::chrono::milliseconds) {
  for (std::jthread& writer : writers_) writer.request_stop();
  writers_.clear();
  status_.reset();
  backlog_watch_.reset();
  rollup_upkeep_.reset();
  retention_upkeep_.reset();
  database_upkeep_.reset();
  interest_messages_.reset();
  announcer_.reset();
  rules_.reset();
  bus_.reset();
}

}  // namespace millrace::epts
