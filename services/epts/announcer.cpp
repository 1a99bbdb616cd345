// SPDX-License-Identifier: Apache-2.0
#include "epts/announcer.h"

#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "lib/bus/subjects.h"
#include "lib/error/error.h"
#include "lib/postgres/copy_buffer.h"

#include "millrace/telemetry/v1/data_points.pb.h"

namespace millrace::epts {
namespace {

using telemetry::v1::DataPointsEvent;
using telemetry::v1::DataPointsPresence;
using time_series::SampleBatch;
using time_series::ValueType;

constexpr std::chrono::seconds kPresenceInterval{1};
constexpr std::chrono::seconds kLongestDrain{1};

metrics::Counter counter(process::Platform& platform, const std::string& outcome) {
  return platform.metrics.counter("millrace_epts_announced_events_total",
                                  "Data-point events by outcome: published, or dropped because "
                                  "the bus took them too slowly or not at all.",
                                  {{"outcome", outcome}});
}

// The events of one batch, by application version, endpoint and series.
class Events {
 public:
  Events(const SampleBatch& batch, const Announcer::Refused& refused, const Interest* interest,
         time::UnixMicros now)
      : batch_(batch),
        refused_(refused),
        interest_(interest),
        now_(now),
        names_(batch.shapes().size()) {}

  void add(const SampleBatch::Sample& sample) {
    if (sample.shape == SampleBatch::kNone || !is_wanted(sample.upload)) return;
    auto& names = names_[sample.shape];
    if (names.empty()) names = time_series::value_names(batch_.shapes()[sample.shape].names);
    telemetry::v1::DataPoint* point = nullptr;
    std::string_view point_series;
    Place next{sample.first_number, sample.first_text};
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      const Place place = next;
      ++(names[i].type == ValueType::kString ? next.text : next.number);
      if (refused_.contains({sample.upload, sample.shape, i})) continue;
      if (point == nullptr || point_series != names[i].series) {
        point = event_of(sample, names[i].series).add_data_points();
        point->set_timestamp_us(time::to_unix_us(sample.time));
        point->set_receipt_time_us(time::to_unix_us(sample.received_at));
        point->set_seq(sample.seq);
        point_series = names[i].series;
      }
      set(names[i].type, place, (*point->mutable_values())[std::string(names[i].value)]);
    }
  }

  const auto& all() const { return events_; }

 private:
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  struct Traced {
    DataPointsEvent event;
    std::optional<trace::TraceContext> trace;
  };

  // Indices into the batch's numbers and texts.
  struct Place {
    std::size_t number = 0;
    std::size_t text = 0;
  };

  // Sets nothing where the value is null.
  void set(ValueType type, const Place& place, telemetry::v1::PointValue& value) const {
    if (type == ValueType::kString) {
      const std::string_view text = batch_.texts()[place.text];
      if (text.data() != nullptr) value.set_string(std::string(text));
      return;
    }
    const double number = batch_.numbers()[place.number];
    if (postgres::is_null_pattern(number)) return;
    if (type == ValueType::kBoolean) {
      value.set_boolean(number != 0);
    } else {
      value.set_number(number);
    }
  }

  // Samples of an upload come one after another.
  bool is_wanted(std::uint32_t index) {
    if (interest_ == nullptr) return true;
    if (asked_ != index) {
      const SampleBatch::Upload& upload = batch_.uploads()[index];
      wanted_ = interest_->covers(upload.application_name, upload.endpoint_id);
      asked_ = index;
    }
    return wanted_;
  }

  DataPointsEvent& event_of(const SampleBatch::Sample& sample, std::string_view series) {
    const SampleBatch::Upload& upload = batch_.uploads()[sample.upload];
    const auto [entry, is_new] =
        events_.try_emplace({upload.app_version_name, upload.endpoint_id, series});
    auto& [event, trace] = entry->second;
    if (!trace.has_value() && !upload.traceparent.empty()) {
      trace = trace::TraceContext::parse(upload.traceparent);
    }
    if (is_new) {
      event.set_correlation_id(std::string(upload.correlation_id));
      event.set_timestamp_us(time::to_unix_us(now_));
      event.set_application_name(std::string(upload.application_name));
      event.set_app_version_name(std::string(upload.app_version_name));
      event.set_endpoint_id(std::string(upload.endpoint_id));
      event.set_time_series_name(std::string(series));
    }
    return event;
  }

  const SampleBatch& batch_;
  const Announcer::Refused& refused_;
  const Interest* const interest_;
  const time::UnixMicros now_;
  std::uint32_t asked_ = SampleBatch::kNone;
  bool wanted_ = false;
  std::vector<std::vector<time_series::ValueName>> names_;  // by shape
  std::map<Key, Traced> events_;
};

}  // namespace

Announcer::Announcer(Publish publish, AnnouncerOptions options, const Interest& interest,
                     process::Platform& platform)
    : publish_(std::move(publish)),
      options_(std::move(options)),
      interest_(interest),
      platform_(platform),
      published_(counter(platform, "published")),
      dropped_(counter(platform, "dropped")),
      presence_said_(platform.clock.instant()),
      thread_([this] { run(); }) {}

Announcer::~Announcer() {
  {
    concurrency::MutexLock lock(mutex_);
    stop_at_ = platform_.clock.instant() + kLongestDrain;
  }
  changed_.notify_all();
}

bool Announcer::announces_nothing() const {
  if (options_.what == Announced::kNothing) return true;
  return options_.what == Announced::kWhatIsAskedFor && !interest_.any();
}

void Announcer::announce(const SampleBatch& batch, const Refused& refused,
                         const Untouched& untouched) {
  if (announces_nothing()) return;
  const Interest* const asked = options_.what == Announced::kAll ? nullptr : &interest_;
  Events events(batch, refused, asked, platform_.clock.now());
  for (const SampleBatch::Sample& sample : batch.samples()) {
    if (!untouched.contains(sample.upload)) events.add(sample);
  }
  for (const auto& [key, traced] : events.all()) {
    Event event{bus::subjects::data_points_received(traced.event.time_series_name()),
                traced.event.SerializeAsString()};
    if (traced.trace.has_value()) event.trace = traced.trace->child();
    enqueue(std::move(event), true);
  }
}

// Listeners first: a number that is read after a listener became known is not below that of any
// event from before.
Announcer::Event Announcer::presence() {
  DataPointsPresence message;
  if (options_.what != Announced::kNothing) {
    for (const auto& [name, revision] : interest_.known()) {
      telemetry::v1::KnownListener& listener = *message.add_listeners();
      listener.set_listener(name);
      listener.set_revision(revision);
    }
  }
  message.mutable_position()->set_origin(options_.origin);
  concurrency::MutexLock lock(mutex_);
  message.mutable_position()->set_number(last_number_);
  return {bus::subjects::kDataPointsPresence, message.SerializeAsString()};
}

void Announcer::introduce() {
  const absl::Status published = publish_(presence());
  if (published.ok()) return;
  // It is said again to whoever asks for points.
  platform_.log.warning_limited("cannot say that this process is there",
                                {{"cause", error::message(published)}});
}

void Announcer::say_presence() {
  enqueue(presence(), false);
}

// The number is given and the place in the queue taken under one lock: events leave in the order of
// their numbers.
void Announcer::enqueue(Event event, bool numbered) {
  {
    concurrency::MutexLock lock(mutex_);
    if (numbered) {
      // Messages may be put together by appending: this is DataPointsEvent.position.
      DataPointsEvent position;
      position.mutable_position()->set_origin(options_.origin);
      position.mutable_position()->set_number(++last_number_);
      event.payload += position.SerializeAsString();
    }
    if (waiting_bytes_ + event.bytes() > options_.max_waiting_bytes) {
      if (numbered) dropped_.increment();
      return;
    }
    waiting_bytes_ += event.bytes();
    waiting_.push_back(std::move(event));
  }
  changed_.notify_one();
}

// Nothing: there is none now, or it is time to stop.
std::optional<Announcer::Event> Announcer::next() {
  concurrency::MutexLock lock(mutex_);
  if (waiting_.empty() && !stop_at_) changed_.wait_for(mutex_, kPresenceInterval);
  if (waiting_.empty()) return std::nullopt;
  if (stop_at_ && platform_.clock.instant() >= *stop_at_) return std::nullopt;
  Event event = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= event.bytes();
  return event;
}

void Announcer::run() {
  while (true) {
    const std::optional<Event> event = next();
    if (!event) {
      concurrency::MutexLock lock(mutex_);
      if (stop_at_) return;
    } else {
      const absl::Status published = publish_(*event);
      if (event->subject != bus::subjects::kDataPointsPresence) {
        (published.ok() ? published_ : dropped_).increment();
      }
      if (!published.ok()) {
        platform_.log.warning_limited(
            "cannot announce points",
            {{"subject", event->subject}, {"cause", error::message(published)}});
      }
    }
    const time::Instant now = platform_.clock.instant();
    if (now - presence_said_ < kPresenceInterval) continue;
    presence_said_ = now;
    if (interest_.any()) say_presence();
  }
}

}  // namespace millrace::epts
