// SPDX-License-Identifier: Apache-2.0
#include "query/origins.h"

#include <algorithm>

namespace millrace::query {

// One that is new begins here: what it said before was not for us.
Origins::Origin& Origins::heard(const std::string& name, std::int64_t number, time::Instant now) {
  const auto [found, is_new] = origins_.try_emplace(name);
  if (is_new) found->second.number = number;
  found->second.heard = now;
  if (is_new && origins_.size() > kMaxOrigins) {
    origins_.erase(std::min_element(
        origins_.begin(), origins_.end(),
        [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; }));
    return origins_[name];
  }
  return found->second;
}

std::optional<std::string> Origins::on_event(const telemetry::v1::DataPointsEvent& event,
                                             time::Instant now) {
  if (!event.has_position()) {
    unnumbered_until_ = now + kUnnumbered;
    return std::nullopt;
  }
  const std::int64_t number = event.position().number();
  Origin& origin = heard(event.position().origin(), number - 1, now);
  const std::int64_t expected = origin.number + 1;
  origin.number = std::max(origin.number, number);
  if (number <= expected) return std::nullopt;
  return "announcements of new points got lost";
}

std::optional<std::string> Origins::on_presence(const telemetry::v1::DataPointsPresence& presence,
                                                time::Instant now) {
  const std::int64_t number = presence.position().number();
  const bool is_new = !origins_.contains(presence.position().origin());
  Origin& origin = heard(presence.position().origin(), number, now);
  std::int64_t revision = 0;
  for (const telemetry::v1::KnownListener& known : presence.listeners()) {
    if (known.listener() == listener_) revision = known.revision();
  }
  origin.revision = revision;
  const bool is_lost = number > origin.number;
  origin.number = std::max(origin.number, number);
  if (is_lost) return "announcements of new points got lost";
  // It may have stored points before it knew of us. One that does not know of us yet is heard again
  // when it does.
  if (is_new && revision > 0) return "another process stores points";
  return std::nullopt;
}

std::optional<std::string> Origins::on_time(time::Instant now) {
  if (unnumbered_until_ && now >= *unnumbered_until_) unnumbered_until_.reset();
  const std::size_t gone = std::erase_if(
      origins_, [now](const auto& entry) { return now - entry.second.heard >= kSilence; });
  if (gone == 0) return std::nullopt;
  return "a process that stores points has gone";
}

void Origins::forget() {
  origins_.clear();
}

std::int64_t Origins::confirmed_revision() const {
  if (origins_.empty() || unnumbered_until_) return 0;
  return std::min_element(
             origins_.begin(), origins_.end(),
             [](const auto& a, const auto& b) { return a.second.revision < b.second.revision; })
      ->second.revision;
}

}  // namespace millrace::query
