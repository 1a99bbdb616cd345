// SPDX-License-Identifier: Apache-2.0
#include "epts/interest.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::epts {
namespace {

using telemetry::v1::DataPointsInterest;
using telemetry::v1::EndpointsOfInterest;

constexpr std::int64_t kMaxExpiryMs = 60'000;
constexpr std::size_t kMaxListenerBytes = 64;
constexpr int kMaxEndpoints = 10'000;
constexpr std::size_t kMaxNameBytes = 1024;

absl::Status check(const DataPointsInterest& message) {
  if (message.listener().empty() || message.listener().size() > kMaxListenerBytes) {
    return absl::InvalidArgumentError(fmt::format("listener has {} bytes, must have 1 to {}",
                                                  message.listener().size(), kMaxListenerBytes));
  }
  if (message.expires_in_ms() < 0 || message.expires_in_ms() > kMaxExpiryMs) {
    return absl::InvalidArgumentError(
        fmt::format("expires_in_ms is {}, must be 0 to {}", message.expires_in_ms(), kMaxExpiryMs));
  }
  int endpoints = 0;
  for (const EndpointsOfInterest& one : message.endpoints()) {
    endpoints += one.endpoint_ids_size();
    std::size_t longest = one.application_name().size();
    for (const std::string& id : one.endpoint_ids()) longest = std::max(longest, id.size());
    if (longest > kMaxNameBytes) {
      return absl::InvalidArgumentError(
          fmt::format("a name has {} bytes, at most {} are allowed", longest, kMaxNameBytes));
    }
  }
  if (endpoints > kMaxEndpoints) {
    return absl::InvalidArgumentError(
        fmt::format("it names {} endpoints, at most {} are allowed", endpoints, kMaxEndpoints));
  }
  return absl::OkStatus();
}

std::int64_t ticks(time::Instant instant) {
  return instant.time_since_epoch().count();
}

}  // namespace

Interest::Interest(process::Platform& platform)
    : platform_(platform),
      refused_(platform.metrics.counter("millrace_epts_refused_interest_total",
                                        "Messages of interest in points that were not understood "
                                        "or are beyond a bound; the log says why.")) {}

bool Interest::hear(std::string_view payload) {
  DataPointsInterest message;
  absl::StatusOr<bool> news = absl::InvalidArgumentError("it is no DataPointsInterest");
  if (message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    const absl::Status status = check(message);
    news = status.ok() ? put(message) : status;
  }
  if (news.ok()) return *news;
  refused_.increment();
  platform_.log.warning_limited("refused an interest in points",
                                {{"cause", error::message(news.status())}});
  return false;
}

absl::StatusOr<bool> Interest::put(const DataPointsInterest& message) {
  Listener listener;
  const time::Instant now = platform_.clock.instant();
  listener.until = now + std::chrono::milliseconds(message.expires_in_ms());
  listener.revision = message.revision();
  for (const EndpointsOfInterest& one : message.endpoints()) {
    const auto [entry, is_new] = listener.applications.try_emplace(one.application_name());
    // All of an application's endpoints are more than some of them, in whatever order they come.
    const bool has_all = !is_new && entry->second.empty();
    entry->second.insert(one.endpoint_ids().begin(), one.endpoint_ids().end());
    if (has_all || one.endpoint_ids().empty()) entry->second.clear();
  }
  for (const auto& [application, endpoints] : listener.applications) {
    listener.names += 1 + endpoints.size();
  }
  concurrency::MutexLock lock(mutex_);
  forget_expired(now);
  const auto before = listeners_.find(message.listener());
  const std::size_t old_names = before == listeners_.end() ? 0 : before->second.names;
  const bool news = message.expires_in_ms() > 0 &&
                    (before == listeners_.end() || before->second.revision != message.revision());
  if (message.expires_in_ms() == 0) {
    if (before != listeners_.end()) listeners_.erase(before);
    names_ -= old_names;
  } else if (names_ - old_names + listener.names > kMaxNames ||
             (before == listeners_.end() && listeners_.size() >= kMaxListeners)) {
    return absl::ResourceExhaustedError(
        fmt::format("{} listeners with {} names are known, {} and {} are the most",
                    listeners_.size(), names_, kMaxListeners, kMaxNames));
  } else {
    names_ += listener.names - old_names;
    listeners_[message.listener()] = std::move(listener);
  }
  time::Instant last = now;
  for (const auto& [name, one] : listeners_) last = std::max(last, one.until);
  until_ = listeners_.empty() ? 0 : ticks(last);
  return news;
}

void Interest::forget_expired(time::Instant now) {
  std::erase_if(listeners_, [&](const auto& entry) {
    const bool expired = entry.second.until <= now;
    if (expired) names_ -= entry.second.names;
    return expired;
  });
}

bool Interest::any() const {
  const std::int64_t until = until_;
  return until != 0 && ticks(platform_.clock.instant()) < until;
}

bool Interest::covers(std::string_view application_name, std::string_view endpoint_id) const {
  const time::Instant now = platform_.clock.instant();
  concurrency::MutexLock lock(mutex_);
  return std::any_of(listeners_.begin(), listeners_.end(), [&](const auto& entry) {
    const Listener& listener = entry.second;
    if (listener.until <= now) return false;
    const auto endpoints = listener.applications.find(application_name);
    if (endpoints == listener.applications.end()) return false;
    return endpoints->second.empty() || endpoints->second.contains(endpoint_id);
  });
}

std::vector<std::pair<std::string, std::int64_t>> Interest::known() const {
  const time::Instant now = platform_.clock.instant();
  std::vector<std::pair<std::string, std::int64_t>> known;
  concurrency::MutexLock lock(mutex_);
  for (const auto& [name, listener] : listeners_) {
    if (listener.until > now) known.emplace_back(name, listener.revision);
  }
  return known;
}

}  // namespace millrace::epts
