// SPDX-License-Identifier: Apache-2.0
//
// What it costs to read a PUBLISH, by its level and by how it names its topic.
#include <string>

#include <benchmark/benchmark.h>

#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/packet_decoder.h"

namespace millrace::mqtt {
namespace {

constexpr std::size_t kReadBytes = 64U << 10U;  // as a connection reads
constexpr std::size_t kPublishCount = 10'000;
constexpr std::string_view kTopic = "kp1/demo-v1/dcx/JTjdbENzHh/json";

// `fields` over and over, with the packet identifiers that a client gives.
std::string stream_of(client_bytes::PublishFields fields, std::size_t body_bytes) {
  const std::string body(body_bytes, '1');
  fields.qos = Qos::kAtLeastOnce;
  fields.payload = body;
  std::string stream;
  for (std::size_t i = 0; i < kPublishCount; ++i) {
    fields.packet_id = static_cast<std::uint16_t>(1 + i % 60'000);
    stream += client_bytes::publish(fields);
  }
  return stream;
}

void decode(benchmark::State& state, std::uint8_t level, const std::string& begin,
            const std::string& stream) {
  std::int64_t packets = 0;
  for (auto _ : state) {
    PacketDecoder decoder{DecoderLimits{}};
    const std::string first = client_bytes::connect({.level = level}) + begin;
    decoder.feed(first);
    while (!std::holds_alternative<NeedMoreBytes>(decoder.next())) continue;
    decoder.retain();
    for (std::size_t at = 0; at < stream.size(); at += kReadBytes) {
      decoder.feed(std::string_view(stream).substr(at, kReadBytes));
      while (!std::holds_alternative<NeedMoreBytes>(decoder.next())) ++packets;
      decoder.retain();
    }
  }
  state.SetItemsProcessed(packets);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(stream.size()));
}

void decode_publishes(benchmark::State& state) {
  decode(state, kLevel311, "",
         stream_of({.topic = kTopic}, static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(decode_publishes)->Arg(60)->Arg(200)->Arg(4096);

void decode_publishes_of_mqtt_5(benchmark::State& state) {
  decode(state, kLevel5, "",
         stream_of({.level = kLevel5, .topic = kTopic}, static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(decode_publishes_of_mqtt_5)->Arg(60);

void decode_publishes_with_an_alias(benchmark::State& state) {
  const std::string alias = client_bytes::property(PropertyId::kTopicAlias, 1);
  decode(
      state, kLevel5,
      client_bytes::publish({.level = kLevel5, .topic = kTopic, .properties = alias}),
      stream_of({.level = kLevel5, .properties = alias}, static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(decode_publishes_with_an_alias)->Arg(60);

void decode_publishes_with_properties(benchmark::State& state) {
  const std::string properties =
      client_bytes::property(PropertyId::kResponseTopic, "answers/device-1") +
      client_bytes::property(PropertyId::kCorrelationData, "0123456789abcdef") +
      client_bytes::user_property("firmware", "1.2.3") +
      client_bytes::property(PropertyId::kContentType, "application/json");
  decode(state, kLevel5, "",
         stream_of({.level = kLevel5, .topic = kTopic, .properties = properties},
                   static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(decode_publishes_with_properties)->Arg(60);

}  // namespace
}  // namespace millrace::mqtt
