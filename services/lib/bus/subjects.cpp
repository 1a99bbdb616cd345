// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/subjects.h"

#include <cstdint>

#include <fmt/format.h>

namespace millrace::bus::subjects {
namespace {

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

}  // namespace millrace::bus::subjects
