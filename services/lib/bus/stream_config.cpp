// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/stream_config.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "lib/bus/jetstream_api.h"
#include "lib/bus/nats_convert.h"
#include "lib/bus/subjects.h"

namespace millrace::bus {
namespace {

using jetstream::integer_of;
using jetstream::text_of;

std::vector<std::string> subjects_in(const rapidjson::Value& config) {
  std::vector<std::string> all;
  const auto subjects = config.FindMember("subjects");
  if (subjects == config.MemberEnd() || !subjects->value.IsArray()) return all;
  for (const rapidjson::Value& subject : subjects->value.GetArray()) {
    all.emplace_back(subject.IsString() ? subject.GetString() : "");
  }
  return all;
}

std::vector<std::string> wanted_subjects(const StreamOptions& options) {
  std::vector<std::string> subjects{subjects::kAllDataSamples};
  if (!options.data_points_transmitters) return subjects;
  for (const std::string& transmitter : *options.data_points_transmitters) {
    subjects.push_back(subjects::data_points_of(transmitter));
  }
  return subjects;
}

rapidjson::Value array_of(const std::vector<std::string>& texts, rapidjson::Document& memory) {
  rapidjson::Value array(rapidjson::kArrayType);
  for (const std::string& text : texts) {
    rapidjson::Value copy(text.c_str(), memory.GetAllocator());
    array.PushBack(copy, memory.GetAllocator());
  }
  return array;
}

// Samples, and perhaps points of transmitters.
bool collects_what_is_ours(const rapidjson::Value& config) {
  const std::vector<std::string> subjects = subjects_in(config);
  return std::count(subjects.begin(), subjects.end(), subjects::kAllDataSamples) == 1 &&
         std::all_of(subjects.begin(), subjects.end(), [](const std::string& subject) {
           return subject == subjects::kAllDataSamples || subjects::transmitter_of(subject);
         });
}

absl::Status differs(const std::string& what) {
  return absl::FailedPreconditionError(fmt::format(
      "cannot use the stream {}: {}; remove or rename that stream, or point nats-url at "
      "another server",
      kDataSamplesStream, what));
}

// Whatever drops messages that nobody has acknowledged, or says nothing of those it takes.
absl::Status compare_what_keeps_messages(const rapidjson::Value& config) {
  const std::string storage = text_of(config, "storage");
  if (storage != "file") {
    return differs(fmt::format(
        "its storage is '{}', not 'file': accepted samples would not survive a restart", storage));
  }
  const std::int64_t max_age = integer_of(config, "max_age", 0);
  if (max_age > 0) {
    return differs(fmt::format("its max_age is {} ns, not 0: it drops what waits longer", max_age));
  }
  const std::int64_t per_subject = integer_of(config, "max_msgs_per_subject", -1);
  if (per_subject > 0) {
    return differs(fmt::format(
        "its max_msgs_per_subject is {}, not -1: it drops the oldest of more", per_subject));
  }
  const auto no_ack = config.FindMember("no_ack");
  if (no_ack != config.MemberEnd() && no_ack->value.IsBool() && no_ack->value.GetBool()) {
    return differs("its no_ack is true: devices would wait for acknowledgements in vain");
  }
  return absl::OkStatus();
}

absl::Status compare_fixed(const rapidjson::Value& config) {
  const std::string retention = text_of(config, "retention");
  if (retention != "workqueue") {
    return differs(fmt::format("its retention is '{}', not 'workqueue'", retention));
  }
  const std::string discard = text_of(config, "discard");
  if (discard != "new") {
    return differs(
        fmt::format("its discard policy is '{}', not 'new': a full stream would lose "
                    "accepted samples",
                    discard));
  }
  if (!collects_what_is_ours(config)) {
    return differs(fmt::format("its subjects are not '{}' and perhaps data points of transmitters",
                               subjects::kAllDataSamples));
  }
  return compare_what_keeps_messages(config);
}

// True when it had another value.
bool set_integer(rapidjson::Document& config, const char* name, std::int64_t value) {
  if (integer_of(config, name, value - 1) == value) return false;
  config.RemoveMember(name);
  config.AddMember(rapidjson::Value(name, config.GetAllocator()), rapidjson::Value(value),
                   config.GetAllocator());
  return true;
}

// True when they were others. The order does not matter.
bool set_subjects(rapidjson::Document& config, const StreamOptions& options) {
  if (!options.data_points_transmitters) return false;
  std::vector<std::string> wanted = wanted_subjects(options);
  std::vector<std::string> current = subjects_in(config);
  std::sort(wanted.begin(), wanted.end());
  std::sort(current.begin(), current.end());
  if (wanted == current) return false;
  config["subjects"] = array_of(wanted, config);
  return true;
}

}  // namespace

std::string stream_create_request(const StreamOptions& options) {
  rapidjson::Document config(rapidjson::kObjectType);
  auto& memory = config.GetAllocator();
  config.AddMember("name", rapidjson::StringRef(kDataSamplesStream), memory);
  config.AddMember("subjects", array_of(wanted_subjects(options), config), memory);
  config.AddMember("retention", "workqueue", memory);
  config.AddMember("storage", "file", memory);
  config.AddMember("discard", "new", memory);
  config.AddMember("max_consumers", -1, memory);
  config.AddMember("max_msgs", -1, memory);
  config.AddMember("max_msg_size", -1, memory);
  config.AddMember("max_age", 0, memory);
  config.AddMember("max_bytes", options.max_bytes, memory);
  config.AddMember("num_replicas", options.replicas, memory);
  config.AddMember("duplicate_window", jetstream_nanoseconds(options.duplicate_window), memory);
  return jetstream::to_json(config);
}

absl::StatusOr<std::optional<std::string>> stream_update_request(
    const rapidjson::Value& current_config, const StreamOptions& options) {
  const absl::Status same = compare_fixed(current_config);
  if (!same.ok()) return same;
  rapidjson::Document config;
  config.CopyFrom(current_config, config.GetAllocator());
  bool changed = set_integer(config, "max_bytes", options.max_bytes);
  changed =
      set_integer(config, "duplicate_window", jetstream_nanoseconds(options.duplicate_window)) ||
      changed;
  changed = set_integer(config, "num_replicas", options.replicas) || changed;
  changed = set_subjects(config, options) || changed;
  if (!changed) return std::optional<std::string>();
  return std::optional<std::string>(jetstream::to_json(config));
}

}  // namespace millrace::bus
