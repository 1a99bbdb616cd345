// SPDX-License-Identifier: Apache-2.0
//
// Fills the stream DATA_SAMPLES for a drain measurement: what receivers would have put there, made
// as fast as JetStream takes it. Sample i has `--fields` numbers and the instant --start-us + 10 i
// of endpoint i modulo --endpoints; with --repeat-every 100 each hundredth has the endpoint and the
// instant that it had in a fill begun at --repeat-start-us. Prints one JSON line.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <random>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nats/nats.h>

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace {

struct Options {
  std::string url;
  std::string application;
  std::string app_version;
  std::int64_t samples = 1'000'000;
  int endpoints = 10'000;
  int fields = 8;
  int names = 0;  // distinct ones; 0: as many as fields
  std::int64_t start_us = 0;
  std::int64_t repeat_every = 0;  // 0: none is a repetition
  std::int64_t repeat_start_us = 0;
  int uploads_per_message = 200;
};

void check(natsStatus status, const char* what) {
  if (status == NATS_OK) return;
  std::cerr << "fill_stream: cannot " << what << ": " << natsStatus_GetText(status) << "\n";
  std::exit(1);
}

std::string sample(std::mt19937& random, int first_name, int fields) {
  std::uniform_int_distribution<int> hundredths(0, 999'999);
  std::string json = "{";
  for (int i = 0; i < fields; ++i) {
    const int value = hundredths(random);
    json += fmt::format("{}\"field{}\":{}.{:02}", i == 0 ? "" : ",", first_name + i, value / 100,
                        value % 100);
  }
  return json + "}";
}

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class Filler {
 public:
  Filler(const Options& options, jsCtx* js) : options_(options), js_(js) {}

  std::int64_t fill() {
    std::int64_t left = options_.samples;
    std::int64_t messages = 0;
    while (left > 0) {
      const std::int64_t count = std::min<std::int64_t>(left, options_.uploads_per_message);
      publish(count);
      left -= count;
      ++messages;
    }
    jsPubOptions wait;
    check(jsPubOptions_Init(&wait), "prepare the wait");
    wait.MaxWait = 120'000;  // milliseconds
    check(js_PublishAsyncComplete(js_, &wait), "wait for all acknowledgements");
    return messages;
  }

 private:
  void publish(std::int64_t count) {
    millrace::telemetry::v1::DataSamplesBatch batch;
    for (std::int64_t i = 0; i < count; ++i, ++next_) {
      auto* event = batch.add_events();
      event->set_correlation_id(fmt::format("fill-{}", next_));
      event->set_receipt_time_us(start_us(next_) + next_ * 10);
      event->set_application_name(options_.application);
      event->set_app_version_name(options_.app_version);
      const std::int64_t endpoint = next_ % options_.endpoints;
      event->set_endpoint_id(fmt::format("load-{}", endpoint));
      event->set_data_samples(sample(random_, first_name(endpoint), options_.fields));
      event->set_sample_count(1);
    }
    const std::string bytes = batch.SerializeAsString();
    check(js_PublishAsync(
              js_, "kaa.v1.events.fill-stream.endpoint.data-collection.data-samples-received.0",
              bytes.data(), static_cast<int>(bytes.size()), nullptr),
          "publish");
  }

  std::int64_t start_us(std::int64_t sample) const {
    const bool repeated = options_.repeat_every > 0 && sample % options_.repeat_every == 0;
    return repeated ? options_.repeat_start_us : options_.start_us;
  }

  // Devices of one kind send the same fields; there are as many kinds as the names make.
  int first_name(std::int64_t endpoint) const {
    const int kinds = std::max(1, options_.names / options_.fields);
    return static_cast<int>(endpoint % kinds) * options_.fields;
  }

  const Options& options_;
  jsCtx* js_;
  std::mt19937 random_{42};
  std::int64_t next_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Fill DATA_SAMPLES; epts should not be running");
  app.add_option("--nats-url", options.url)->required();
  app.add_option("--application", options.application)->required();
  app.add_option("--app-version", options.app_version)->required();
  app.add_option("--samples", options.samples)->check(CLI::Range(1, 10'000'000));
  app.add_option("--endpoints", options.endpoints)->check(CLI::Range(1, 1'000'000));
  app.add_option("--fields", options.fields)->check(CLI::Range(1, 1000));
  app.add_option("--names", options.names, "Distinct field names; 0: as many as fields")
      ->check(CLI::Range(0, 1'000'000));
  // A minute ago: instants stay near now however many samples there are.
  options.start_us = now_us() - 60'000'000;
  app.add_option("--start-us", options.start_us, "Microseconds since 1970");
  app.add_option("--repeat-every", options.repeat_every)->check(CLI::Range(0, 1'000'000));
  app.add_option("--repeat-start-us", options.repeat_start_us);
  app.add_option("--uploads-per-message", options.uploads_per_message)
      ->check(CLI::Range(1, 10'000));
  CLI11_PARSE(app, argc, argv);

  natsConnection* connection = nullptr;
  jsCtx* js = nullptr;
  check(natsConnection_ConnectTo(&connection, options.url.c_str()), "connect");
  jsOptions js_options;
  check(jsOptions_Init(&js_options), "prepare JetStream");
  js_options.PublishAsync.MaxPending = 64;
  check(natsConnection_JetStream(&js, connection, &js_options), "open JetStream");

  const auto begin = std::chrono::steady_clock::now();
  const std::int64_t messages = Filler(options, js).fill();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  fmt::print("{{\"program\":\"fill_stream\",\"samples\":{},\"messages\":{},\"seconds\":{:.3f}}}\n",
             options.samples, messages, seconds);
  jsCtx_Destroy(js);
  natsConnection_Destroy(connection);
  nats_Close();
  return 0;
}
