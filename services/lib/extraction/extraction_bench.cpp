// SPDX-License-Identifier: Apache-2.0
//
// Uploads taken apart, under rules of several kinds. "items" are samples.
#include <random>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "lib/extraction/extraction.h"
#include "lib/extraction/number_text.h"
#include "lib/time/iso8601.h"

namespace millrace::extraction {
namespace {

using configuration::v1::SeriesRules;

std::string numbers(std::mt19937& random, std::int64_t fields) {
  std::string json;
  for (std::int64_t i = 0; i < fields; ++i) {
    json += fmt::format("{}\"sensor_{}\":{}.{:02}", i > 0 ? "," : "", i, random() % 1000,
                        random() % 100);
  }
  return json;
}

SeriesRules auto_rules() {
  SeriesRules rules;
  rules.set_auto_extract(true);
  return rules;
}

// A series of one value for each field, below `prefix`.
SeriesRules configured_rules(std::int64_t fields, const std::string& prefix) {
  SeriesRules rules;
  for (std::int64_t i = 0; i < fields; ++i) {
    auto& series = *rules.add_series();
    series.set_name(fmt::format("series-{}", i));
    series.add_values()->set_path(fmt::format("{}sensor_{}", prefix, i));
  }
  return rules;
}

void with_time(SeriesRules& rules) {
  rules.mutable_timestamp()->set_path("at");
  rules.mutable_timestamp()->set_format(configuration::v1::TIMESTAMP_FORMAT_ISO8601);
}

// `before` and `after`: what stands around the fields of each sample.
struct Form {
  std::string before = "{";
  std::string after = "}";
};

void run(benchmark::State& state, const SeriesRules& rules, const Form& form) {
  const std::int64_t samples = state.range(0);
  std::mt19937 random(1);
  std::string json = "[";
  for (std::int64_t i = 0; i < samples; ++i) {
    json += (i > 0 ? "," : "") + form.before + numbers(random, state.range(1)) + form.after;
  }
  json += "]";
  const auto compiled = *CompiledRules::compile(rules);
  Extraction extraction({});
  for (auto _ : state) {
    if (!extraction.extract(json, static_cast<std::uint32_t>(samples), *compiled).ok() ||
        extraction.samples()[0].is_empty()) {
      state.SkipWithError("cannot extract");
    }
    extraction.release_texts();
  }
  state.SetItemsProcessed(state.iterations() * samples);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
}

void arguments(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"samples", "fields"})->Args({1, 1})->Args({1, 8})->Args({1, 32})->Args({100, 8});
}

void automatic(benchmark::State& state) {
  run(state, auto_rules(), {});
}
BENCHMARK(automatic)->Apply(arguments);

void configured(benchmark::State& state) {
  run(state, configured_rules(state.range(1), ""), {});
}
BENCHMARK(configured)->Apply(arguments);

void configured_nested(benchmark::State& state) {
  run(state, configured_rules(state.range(1), "a.b[0]."), {"{\"a\":{\"b\":[{", "}]}}"});
}
BENCHMARK(configured_nested)->Apply(arguments);

// What rules do not ask for costs reading and no more.
void skipped_nested(benchmark::State& state) {
  SeriesRules rules;
  rules.add_series()->set_name("one");
  rules.mutable_series(0)->add_values()->set_path("x");
  run(state, rules, {"{\"a\":{\"b\":[{", "}]},\"x\":1}"});
}
BENCHMARK(skipped_nested)->Apply(arguments);

void automatic_with_time(benchmark::State& state) {
  SeriesRules rules = auto_rules();
  with_time(rules);
  run(state, rules, {"{\"at\":\"2019-04-26T15:41:07.123456+0200\",", "}"});
}
BENCHMARK(automatic_with_time)->Apply(arguments);

void automatic_and_configured(benchmark::State& state) {
  SeriesRules rules = configured_rules(state.range(1), "");
  rules.set_auto_extract(true);
  run(state, rules, {});
}
BENCHMARK(automatic_and_configured)->Apply(arguments);

void read_iso8601(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(time::parse_iso8601("2019-04-26T15:41:07.123456+0200"));
}
BENCHMARK(read_iso8601);

void convert_number(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_number("123.45"));
}
BENCHMARK(convert_number);

}  // namespace
}  // namespace millrace::extraction
