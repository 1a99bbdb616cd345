// SPDX-License-Identifier: Apache-2.0
//
// What the engine costs a message, without socket and bus: PUBLISH → submission → receipt → PUBACK
// through a session. Decoding alone: lib/mqtt/packet_decoder_bench.cpp.
#include <string>

#include <benchmark/benchmark.h>

#include "lib/mqtt/client_bytes.h"
#include "mqtt-receiver/session.h"

namespace millrace::mqtt_receiver {
namespace {

std::string publishes(std::size_t body_bytes, std::size_t count) {
  std::string stream;
  for (std::size_t i = 0; i < count; ++i) {
    stream += mqtt::client_bytes::publish_qos_1(static_cast<std::uint16_t>(1 + i % 60'000),
                                                "kp1/demo-v1/dcx/JTjdbENzHh/json",
                                                std::string(body_bytes, '1'));
  }
  return stream;
}

void publish_to_puback(benchmark::State& state) {
  const std::string stream = publishes(static_cast<std::size_t>(state.range(0)), 100);
  const time::Instant now{std::chrono::hours{1}};
  const intake::Receipt accepted{.code = intake::Receipt::Code::kAccepted, .reason_phrase = ""};
  const SessionLimits limits;
  bus::UniqueIds client_ids;
  Session session(limits, client_ids, now);
  Actions connected;
  session.receive(mqtt::client_bytes::connect(), now, connected);
  session.authenticated({}, now, connected);
  for (auto _ : state) {
    Actions actions;
    session.receive(stream, now, actions);
    for (const Submission& submission : actions.submissions) {
      session.answer(submission.upload_id, accepted, now, actions);
    }
    benchmark::DoNotOptimize(actions.output.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 100);
}
BENCHMARK(publish_to_puback)->Arg(60)->Arg(200)->Arg(4096);

}  // namespace
}  // namespace millrace::mqtt_receiver
