// SPDX-License-Identifier: Apache-2.0
//
// From JSON to samples ready for storage, without bus and PostgreSQL: what a writer thread costs
// beside them. "items" are samples.
#include <random>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "epts/batch_builder.h"

namespace millrace::epts {
namespace {

std::string sample(std::mt19937& random, std::int64_t fields) {
  std::string json = "{";
  for (std::int64_t i = 0; i < fields; ++i) {
    json += fmt::format("{}\"sensor_{}\":{}.{:02}", i > 0 ? "," : "", i, random() % 1000,
                        random() % 100);
  }
  return json + "}";
}

telemetry::v1::DataSamplesEvent upload(std::int64_t samples, std::int64_t fields) {
  std::mt19937 random(1);
  std::string json = "[";
  for (std::int64_t i = 0; i < samples; ++i) {
    if (i > 0) json += ",";
    json += sample(random, fields);
  }
  telemetry::v1::DataSamplesEvent event;
  event.set_correlation_id("0123456789abcdef");
  event.set_receipt_time_us(1'795'000'000'000'000);
  event.set_application_name("application");
  event.set_app_version_name("application-v1");
  event.set_endpoint_id("b197e391-1d13-403b-83f5-87bdd44888cf");
  event.set_data_samples(json + "]");
  event.set_sample_count(static_cast<std::uint32_t>(samples));
  return event;
}

Rules auto_extraction() {
  configuration::v1::SeriesRules rules;
  rules.set_version(1);
  rules.set_auto_extract(true);
  return *extraction::CompiledRules::compile(rules);
}

void arguments(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"samples", "fields"})
      ->Args({1, 3})
      ->Args({1, 8})
      ->Args({100, 8})
      ->Args({10, 100});
}

// A message decoded and a batch built from it: all that a writer does before PostgreSQL.
void build_batch(benchmark::State& state) {
  const std::int64_t uploads = 1000 / state.range(0);
  telemetry::v1::DataSamplesBatch message;
  for (std::int64_t i = 0; i < uploads; ++i) {
    *message.add_events() = upload(state.range(0), state.range(1));
  }
  const std::string payload = message.SerializeAsString();
  const Rules rules = auto_extraction();
  BatchBuilder builder({}, {});
  const auto now = time::from_unix_us(1'795'000'000'000'000);
  for (auto _ : state) {
    telemetry::v1::DataSamplesBatch decoded;
    if (!decoded.ParseFromString(payload)) state.SkipWithError("cannot decode");
    builder.begin(now);
    std::int64_t seq = 0;
    for (const auto& event : decoded.events()) builder.add(event, seq++, rules);
    benchmark::DoNotOptimize(builder.batch().samples().data());
  }
  state.SetItemsProcessed(state.iterations() * uploads * state.range(0));
}
BENCHMARK(build_batch)->Apply(arguments);

}  // namespace
}  // namespace millrace::epts
