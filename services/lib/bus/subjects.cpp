// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/subjects.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace millrace::bus::subjects {
namespace {

constexpr std::string_view kEvents = "kaa.v1.events.";
constexpr std::string_view kDataPointsReceived = ".endpoint.data-collection.data-points-received.";
constexpr std::string_view kOurselves = "epts";
constexpr std::size_t kMaxTransmitterBytes = 64;

bool may_stand_in_token(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '~';
}

// A name as one token of a subject: a dot in it would change the subject's grammar, a wildcard or
// space make it invalid.
std::string token(std::string_view name) {
  std::string result(name.empty() ? "_" : name);
  for (char& c : result) {
    if (!may_stand_in_token(c)) c = '_';
  }
  return result;
}

}  // namespace

std::string data_samples_received(std::string_view receiver, unsigned shard) {
  return fmt::format("kaa.v1.events.{}.endpoint.data-collection.data-samples-received.{}",
                     token(receiver), shard);
}

unsigned shard_of(std::string_view endpoint_id, unsigned shards) {
  if (shards <= 1) return 0;
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : endpoint_id) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return static_cast<unsigned>(hash % shards);
}

std::string data_points_received(std::string_view time_series_name) {
  return "kaa.v1.events.epts.endpoint.data-collection.data-points-received." +
         token(time_series_name);
}

std::string data_points_of(std::string_view transmitter) {
  return fmt::format("{}{}{}>", kEvents, token(transmitter), kDataPointsReceived);
}

std::optional<std::string_view> transmitter_of(std::string_view subject) {
  if (!subject.starts_with(kEvents)) return std::nullopt;
  subject.remove_prefix(kEvents.size());
  const std::string_view name = subject.substr(0, subject.find('.'));
  if (!subject.substr(name.size()).starts_with(kDataPointsReceived)) return std::nullopt;
  if (name == kOurselves || !is_transmitter_name(name)) return std::nullopt;
  return name;
}

bool is_transmitter_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxTransmitterBytes &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return may_stand_in_token(c) && c != '~'; });
}

}  // namespace millrace::bus::subjects
