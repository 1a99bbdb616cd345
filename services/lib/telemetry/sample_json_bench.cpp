// SPDX-License-Identifier: Apache-2.0
//
// Bytes and samples a second that check_upload() walks on one core.
#include <string>

#include <benchmark/benchmark.h>

#include "lib/telemetry/sample_json.h"

namespace millrace::telemetry {
namespace {

std::string batch_of(std::int64_t samples) {
  const std::string sample = R"({"timestamp":1700000000123,"temperature":23.5,"humidity":48})";
  std::string body = "[" + sample;
  for (std::int64_t i = 1; i < samples; ++i) body += "," + sample;
  return body + "]";
}

void check_batch(benchmark::State& state) {
  const std::string body = batch_of(state.range(0));
  for (auto unused : state) benchmark::DoNotOptimize(check_upload(body, SampleLimits{}));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(check_batch)->Arg(1)->Arg(100)->Arg(10'000);

// The slow path: a number no double holds sends the whole body through a second walk.
void check_huge_number(benchmark::State& state) {
  std::string body = batch_of(100);
  body.replace(body.rfind("48"), 2, "1e999");
  for (auto unused : state) benchmark::DoNotOptimize(check_upload(body, SampleLimits{}));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(check_huge_number);

}  // namespace
}  // namespace millrace::telemetry
