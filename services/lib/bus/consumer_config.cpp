// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/consumer_config.h"

#include <utility>

#include <fmt/format.h>

#include "lib/bus/jetstream_api.h"
#include "lib/bus/nats_convert.h"
#include "lib/bus/streams.h"

namespace millrace::bus {
namespace {

using jetstream::integer_of;
using jetstream::text_of;

constexpr std::int64_t kUnlimited = -1;

std::string request_of(rapidjson::Document& config) {
  rapidjson::Document request(rapidjson::kObjectType, &config.GetAllocator());
  request.AddMember("stream_name", rapidjson::StringRef(kDataSamplesStream), config.GetAllocator());
  request.AddMember("config", static_cast<rapidjson::Value&>(config), config.GetAllocator());
  return jetstream::to_json(request);
}

void set_integer(rapidjson::Document& config, const char* name, std::int64_t value) {
  config.RemoveMember(name);
  config.AddMember(rapidjson::Value(name, config.GetAllocator()), rapidjson::Value(value),
                   config.GetAllocator());
}

absl::Status differs(const std::string& what) {
  return absl::FailedPreconditionError(
      fmt::format("cannot use the consumer {} of {}: {}; remove it, so that it is made anew",
                  kEptsConsumer, kDataSamplesStream, what));
}

}  // namespace

std::string consumer_create_request(const ConsumerOptions& options) {
  rapidjson::Document config(rapidjson::kObjectType);
  auto& memory = config.GetAllocator();
  config.AddMember("durable_name", rapidjson::StringRef(kEptsConsumer), memory);
  config.AddMember("deliver_policy", "all", memory);
  config.AddMember("replay_policy", "instant", memory);
  config.AddMember("ack_policy", "explicit", memory);
  config.AddMember("ack_wait", jetstream_nanoseconds(options.ack_wait), memory);
  config.AddMember("max_deliver", kUnlimited, memory);
  config.AddMember("max_ack_pending", options.max_ack_pending, memory);
  return request_of(config);
}

absl::StatusOr<std::optional<std::string>> consumer_update_request(
    const rapidjson::Value& current_config, const ConsumerOptions& options) {
  if (!text_of(current_config, "deliver_subject").empty()) {
    return differs("it is a push consumer");
  }
  const std::string acks = text_of(current_config, "ack_policy");
  if (acks != "explicit") return differs(fmt::format("its ack policy is '{}'", acks));
  const std::pair<const char*, std::int64_t> wanted[] = {
      {"ack_wait", jetstream_nanoseconds(options.ack_wait)},
      {"max_deliver", kUnlimited},
      {"max_ack_pending", options.max_ack_pending}};
  rapidjson::Document config;
  config.CopyFrom(current_config, config.GetAllocator());
  bool changed = false;
  for (const auto& [name, value] : wanted) {
    if (integer_of(current_config, name, value - 1) == value) continue;
    set_integer(config, name, value);
    changed = true;
  }
  if (!changed) return std::optional<std::string>();
  return std::optional<std::string>(request_of(config));
}

}  // namespace millrace::bus
