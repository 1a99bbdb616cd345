// SPDX-License-Identifier: Apache-2.0
#include "query/live_feed.h"

#include <algorithm>
#include <utility>

#include "lib/bus/subjects.h"
#include "lib/bus/unique_id.h"
#include "lib/error/error.h"

namespace millrace::query {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kOldestMoment{10};
// A look comes every two seconds and counts after five.
constexpr std::size_t kMaxPending = 16;

}  // namespace

LiveFeed::LiveFeed(bus::Connection& bus, Look look, process::Platform& platform)
    : bus_(bus),
      look_(std::move(look)),
      platform_(platform),
      listener_(bus::random_token()),
      events_(platform.metrics.counter("millrace_query_live_events_total",
                                       "Announcements of new points received from epts.")),
      interruptions_(platform.metrics.counter(
          "millrace_query_live_interruptions_total",
          "Times announcements of new points may have got lost: all subscriptions read the tables "
          "again.")),
      origins_known_(platform.metrics.gauge(
          "millrace_query_live_origins",
          "Processes of epts that are known to announce points; 0 while nobody subscribes.")),
      gate_(std::make_shared<registry_client::CallGate>()),
      origins_(listener_) {
  bus_.on_reconnect([this, gate = gate_] {
    if (!gate->enter()) return;
    on_reconnect();
    gate->leave();
  });
}

LiveFeed::~LiveFeed() {
  stop();
  subscription_.reset();
  gate_->close();
}

void LiveFeed::start() {
  ticks_ = std::jthread([this](const std::stop_token& stop) { run_ticks(stop); });
  looks_ = std::jthread([this](const std::stop_token& stop) { run_looks(stop); });
}

void LiveFeed::stop() {
  {
    concurrency::MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_tick_.notify_all();
  wake_look_.notify_all();
  for (std::jthread* thread : {&ticks_, &looks_}) {
    if (!thread->joinable()) continue;
    thread->request_stop();
    thread->join();
  }
}

void LiveFeed::run_ticks(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    tick();
    concurrency::MutexLock lock(mutex_);
    if (!stopping_ && !is_news_) wake_tick_.wait_for(mutex_, kTick);
  }
}

void LiveFeed::run_looks(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    bool wanted = false;
    {
      concurrency::MutexLock lock(mutex_);
      if (!stopping_ && !wants_look_) wake_look_.wait_for(mutex_, kInterval);
      if (stopping_) return;
      wanted = wants_look_ || !readers_.empty();
      wants_look_ = false;
    }
    if (wanted) look();
  }
}

absl::StatusOr<StreamMoment> LiveFeed::moment() {
  const time::Instant now = platform_.clock.instant();
  concurrency::MutexLock lock(mutex_);
  wanted_until_ = now + kKeepSubscribed;
  if (moment_ && now - looked_ <= kOldestMoment) return *moment_;
  wants_look_ = true;
  wake_look_.notify_all();
  if (!look_failure_.ok()) return look_failure_;
  return absl::UnavailableError("the state of the stream is not known yet");
}

LiveFeed::Id LiveFeed::join(const std::string& application_name,
                            const std::vector<std::string>& endpoint_ids,
                            std::shared_ptr<LiveReader> reader) {
  concurrency::MutexLock lock(mutex_);
  Application& application = applications_[application_name];
  for (const std::string& id : endpoint_ids) application.of_endpoint[id].push_back(reader.get());
  if (endpoint_ids.empty()) application.of_all.push_back(reader.get());
  readers_[++last_id_] = {application_name, endpoint_ids, std::move(reader), revision_ + 1, false};
  is_news_ = true;
  wake_tick_.notify_all();
  return last_id_;
}

void LiveFeed::leave(Id id) {
  concurrency::MutexLock lock(mutex_);
  const auto found = readers_.find(id);
  if (found == readers_.end()) return;
  const Reader& reader = found->second;
  const auto application = applications_.find(reader.application_name);
  Application& of = application->second;
  std::erase(of.of_all, reader.reader.get());
  for (const std::string& endpoint : reader.endpoint_ids) {
    const auto entry = of.of_endpoint.find(endpoint);
    std::erase(entry->second, reader.reader.get());
    if (entry->second.empty()) of.of_endpoint.erase(entry);
  }
  if (of.of_all.empty() && of.of_endpoint.empty()) applications_.erase(application);
  readers_.erase(found);
  wanted_until_ = platform_.clock.instant() + kKeepSubscribed;
}

void LiveFeed::tick() {
  const time::Instant now = platform_.clock.instant();
  bool is_wanted = false;
  bool says = false;
  {
    concurrency::MutexLock lock(mutex_);
    is_wanted = !readers_.empty() || now < wanted_until_;
    says = is_wanted && (is_news_ || now - said_ >= kInterval);
  }
  if (!is_wanted) {
    if (subscription_ == nullptr) return;
    subscription_.reset();
    end_interest();
    concurrency::MutexLock lock(mutex_);
    origins_.forget();
    origins_known_.set(0);
    return;
  }
  if (subscription_ == nullptr) subscribe(now);
  if (says) say_interest();
  concurrency::MutexLock lock(mutex_);
  if (const auto why = origins_.on_time(now)) disturb(*why);
  update_coverage(now);
}

void LiveFeed::subscribe(time::Instant now) {
  auto subscription = bus_.subscribe(bus::subjects::kAllOfEpts, "",
                                     [this](const bus::Message& message) { on_message(message); });
  if (!subscription.ok()) {
    platform_.log.warning_limited("cannot listen to new points",
                                  {{"cause", error::message(subscription.status())}});
    return;
  }
  subscription_ = *std::move(subscription);
  concurrency::MutexLock lock(mutex_);
  begin_introduction(now);
}

void LiveFeed::begin_introduction(time::Instant now) {
  origins_.forget();
  pending_.clear();
  introduced_ = now + kIntroduction;
  is_news_ = true;
}

void LiveFeed::say_interest() {
  telemetry::v1::DataPointsInterest message;
  {
    concurrency::MutexLock lock(mutex_);
    WantedEndpoints wanted;
    for (const auto& [name, application] : applications_) {
      std::set<std::string>& endpoints = wanted[name];
      if (!application.of_all.empty()) continue;
      for (const auto& [endpoint, readers] : application.of_endpoint) endpoints.insert(endpoint);
    }
    message = interest_message(std::move(wanted), {10'000, bus_.max_payload_bytes() / 2});
    message.set_revision(++revision_);
    is_news_ = false;
    said_ = platform_.clock.instant();
  }
  message.set_listener(listener_);
  message.set_expires_in_ms(std::chrono::milliseconds(kInterestExpiry).count());
  const absl::Status said =
      bus_.publish(bus::subjects::kDataPointsInterestOfQuery, message.SerializeAsString());
  if (said.ok()) return;
  platform_.log.warning_limited("cannot say which new points are wanted",
                                {{"cause", error::message(said)}});
}

void LiveFeed::end_interest() {
  telemetry::v1::DataPointsInterest message;
  message.set_listener(listener_);
  // If it gets lost, the interest expires.
  (void)bus_.publish(bus::subjects::kDataPointsInterestOfQuery, message.SerializeAsString());
}

void LiveFeed::look() {
  const time::Instant seen = platform_.clock.instant();
  const time::UnixMicros at = platform_.clock.now();
  const absl::StatusOr<StreamMoment> found = look_();
  concurrency::MutexLock lock(mutex_);
  look_failure_ = found.status();
  if (!found.ok()) {
    platform_.log.warning_limited("cannot tell how far everything is stored",
                                  {{"cause", error::message(found.status())}});
    return;
  }
  StreamMoment moment = *found;
  moment.settled.at = at;
  if (moment_ && moment_->epoch != moment.epoch) {
    pending_.clear();
    for (const auto& [id, reader] : readers_) reader.reader->on_stream_replaced();
  } else if (moment_) {
    // A nats-server that was killed may have acknowledgements to hear again.
    moment.settled.below = std::max(moment.settled.below, moment_->settled.below);
  }
  moment_ = moment;
  looked_ = seen;
  if (readers_.empty()) return;
  pending_.push_back({moment.settled, seen, revision_ + 1});
  if (pending_.size() > kMaxPending) pending_.pop_front();
  is_news_ = true;
  wake_tick_.notify_all();
}

void LiveFeed::on_message(const bus::Message& message) {
  if (message.subject == bus::subjects::kDataPointsPresence) {
    on_presence(message);
  } else {
    on_event(message);
  }
}

void LiveFeed::on_event(const bus::Message& message) {
  telemetry::v1::DataPointsEvent event;
  if (!event.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
    return;
  }
  events_.increment();
  bool is_wanted = false;
  {
    concurrency::MutexLock lock(mutex_);
    if (const auto why = origins_.on_event(event, platform_.clock.instant())) disturb(*why);
    for_readers(event.application_name(), event.endpoint_id(),
                [&is_wanted](LiveReader&) { is_wanted = true; });
  }
  if (!is_wanted) return;
  // Without the lock: it is the same for all of them.
  const std::vector<SharedWrites> all = make_writes(event);
  concurrency::MutexLock lock(mutex_);
  for (const SharedWrites& writes : all) {
    for_readers(event.application_name(), event.endpoint_id(),
                [&writes](LiveReader& reader) { reader.on_points(writes); });
  }
}

void LiveFeed::on_presence(const bus::Message& message) {
  telemetry::v1::DataPointsPresence presence;
  if (!presence.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
    return;
  }
  const time::Instant now = platform_.clock.instant();
  concurrency::MutexLock lock(mutex_);
  const std::size_t known = origins_.size();
  if (const auto why = origins_.on_presence(presence, now)) disturb(*why);
  if (origins_.size() != known) {
    // Who has just come may not know what is wanted.
    is_news_ = true;
    wake_tick_.notify_all();
  }
  update_coverage(now);
  settle(now);
}

void LiveFeed::on_reconnect() {
  concurrency::MutexLock lock(mutex_);
  begin_introduction(platform_.clock.instant());
  disturb("the connection to NATS was lost");
  update_coverage(platform_.clock.instant());
  wake_tick_.notify_all();
}

void LiveFeed::for_readers(const std::string& application_name, const std::string& endpoint_id,
                           const std::function<void(LiveReader&)>& call) {
  const auto application = applications_.find(application_name);
  if (application == applications_.end()) return;
  for (LiveReader* reader : application->second.of_all) call(*reader);
  const auto readers = application->second.of_endpoint.find(endpoint_id);
  if (readers == application->second.of_endpoint.end()) return;
  for (LiveReader* reader : readers->second) call(*reader);
}

void LiveFeed::disturb(const std::string& why) {
  pending_.clear();
  if (readers_.empty()) return;
  interruptions_.increment();
  platform_.log.info("new points may have been missed, reading them from the tables",
                     {{"cause", why}, {"subscriptions", readers_.size()}});
  for (const auto& [id, reader] : readers_) reader.reader->on_disturbed(why);
}

std::int64_t LiveFeed::confirmed(time::Instant now) const {
  return now < introduced_ ? 0 : origins_.confirmed_revision();
}

void LiveFeed::update_coverage(time::Instant now) {
  const std::int64_t revision = confirmed(now);
  if (revision == 0) pending_.clear();
  origins_known_.set(static_cast<double>(origins_.size()));
  for (auto& [id, reader] : readers_) {
    const bool covered = revision >= reader.revision;
    if (covered != reader.covered) reader.reader->on_covered(covered);
    reader.covered = covered;
  }
}

// Called where a presence was taken, behind all events that were sent before it.
void LiveFeed::settle(time::Instant now) {
  std::optional<Settled> settled;
  while (!pending_.empty() && pending_.front().revision <= confirmed(now) &&
         now - pending_.front().seen >= kSettleAfter) {
    settled = pending_.front().settled;
    pending_.pop_front();
  }
  if (!settled) return;
  for (const auto& [id, reader] : readers_) reader.reader->on_settled(*settled);
}

}  // namespace millrace::query
