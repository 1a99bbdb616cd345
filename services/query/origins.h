// SPDX-License-Identifier: Apache-2.0
//
// The processes that announce points, as a listener knows them by their numbered events and their
// presence (data_points.proto): which of them know what he wants, and when something got lost.
// Pure; for one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "lib/time/clock.h"

#include "millrace/telemetry/v1/data_points.pb.h"

namespace millrace::query {

class Origins {
 public:
  // So long without a word an origin counts as gone; it says something every second.
  static constexpr std::chrono::seconds kSilence{3};
  // Whoever numbers nothing (an epts from before numbers) is taken to be there for so long.
  static constexpr std::chrono::seconds kUnnumbered{60};
  // More at a time are none of ours; the one that was silent longest is forgotten.
  static constexpr std::size_t kMaxOrigins = 1000;

  // `listener`: whose revisions count.
  explicit Origins(std::string listener) : listener_(std::move(listener)) {}

  // Both in the order they were sent. The answer says, for people, why something may be missing;
  // nothing: all is well.
  std::optional<std::string> on_event(const telemetry::v1::DataPointsEvent& event,
                                      time::Instant now);
  std::optional<std::string> on_presence(const telemetry::v1::DataPointsPresence& presence,
                                         time::Instant now);
  // Whether one of them has gone.
  std::optional<std::string> on_time(time::Instant now);
  // The connection was lost: who is there has to say so again.
  void forget();

  // Everything that is stored and wanted at this revision, or an earlier one, gets a number. 0:
  // somebody does not know of the listener, or nobody is there.
  std::int64_t confirmed_revision() const;
  std::size_t size() const { return origins_.size(); }

 private:
  struct Origin {
    std::int64_t number = 0;
    std::int64_t revision = 0;
    time::Instant heard;
  };

  Origin& heard(const std::string& name, std::int64_t number, time::Instant now);

  const std::string listener_;
  std::map<std::string, Origin> origins_;
  std::optional<time::Instant> unnumbered_until_;
};

}  // namespace millrace::query
