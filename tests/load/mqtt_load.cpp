// SPDX-License-Identifier: Apache-2.0
//
// Devices that upload over MQTT 3.1.1 or 5 at QoS 0, 1 or 2: see mqtt_device.h for what a window
// is, load_run.h for closed and open loops. One thread. Prints one JSON line.
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "load/load_run.h"
#include "load/mqtt_device.h"
#include "load/payload.h"

namespace millrace::load {
namespace {

constexpr std::string_view kSmallSample = R"({"temperature":23.5,"humidity":48})";
// Of all windows together: what a device may have to keep until the socket takes it.
constexpr std::size_t kMaxWindowBytes = std::size_t{2} << 30U;

struct Options {
  LoadOptions load;
  MqttOptions mqtt;
  std::string topics_file;
  std::string payload{kSmallSample};
  std::string payload_file;
  std::size_t payload_bytes = 0;
  std::string acknowledged_file;
  int version = 4;
  bool tls = false;
};

void add_options(CLI::App& app, Options& options) {
  add_load_options(app, options.load);
  app.add_option("--topics-file", options.topics_file,
                 "one topic a line; devices take them in turn")
      ->required();
  app.add_option("--mqtt", options.version, "4 is 3.1.1")->check(CLI::IsMember({4, 5}));
  app.add_option("--qos", options.mqtt.qos)->check(CLI::Range(0, 2));
  app.add_option("--window", options.mqtt.window, "uploads unanswered per connection")
      ->check(CLI::Range(1, 60'000));
  app.add_flag("--topic-alias", options.mqtt.topic_alias, "MQTT 5, where the server has them");
  app.add_flag("--tls", options.tls, "without looking at the server's certificate");
  CLI::Option* text = app.add_option("--payload", options.payload, "the body of each upload");
  CLI::Option* file = app.add_option("--payload-file", options.payload_file, "the same, in a file");
  app.add_option("--payload-bytes", options.payload_bytes,
                 "a sample of so many bytes, with a number of its own in each upload")
      ->check(CLI::Range(std::size_t{21}, std::size_t{64} << 20U))
      ->excludes(text)
      ->excludes(file);
  CLI::Option* tolerate =
      app.add_flag("--tolerate-refusals", options.mqtt.tolerate_refusals, "count them, and go on");
  // An upload that 3.1.1 refuses is acknowledged all the same.
  app.add_option("--acknowledged-file", options.acknowledged_file,
                 "written: the number of each upload that was answered, one a line")
      ->excludes(tolerate);
}

absl::StatusOr<std::string> contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("cannot read {}", path));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::StatusOr<Payload> payload_of(const Options& options) {
  if (options.payload_bytes > 0) return numbered_sample(options.payload_bytes);
  if (options.payload_file.empty()) return Payload{options.payload, std::nullopt};
  absl::StatusOr<std::string> text = contents(options.payload_file);
  if (!text.ok()) return text.status();
  return Payload{*std::move(text), std::nullopt};
}

absl::StatusOr<std::vector<std::string>> topics_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> topics;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) topics.push_back(line);
  }
  if (topics.empty()) return absl::NotFoundError(fmt::format("no topic in {}", path));
  return topics;
}

// Reads the files that options name, and looks at what must fit together.
absl::Status complete(Options& options) {
  if (const std::string fault = fault_of(options.load); !fault.empty()) {
    return absl::InvalidArgumentError(fault);
  }
  options.mqtt.version = options.version == 5 ? MqttVersion::k5 : MqttVersion::k311;
  absl::StatusOr<Payload> payload = payload_of(options);
  if (!payload.ok()) return payload.status();
  options.mqtt.payload = *std::move(payload);
  if (!options.acknowledged_file.empty() && !options.mqtt.payload.number_at) {
    return absl::InvalidArgumentError(
        "--acknowledged-file needs --payload-bytes: only those uploads have a number");
  }
  absl::StatusOr<std::vector<std::string>> topics = topics_of(options.topics_file);
  if (!topics.ok()) return topics.status();
  options.mqtt.topics = *std::move(topics);
  const std::size_t bytes = options.mqtt.payload.text.size() *
                            static_cast<std::size_t>(options.mqtt.window) *
                            static_cast<std::size_t>(options.load.connections);
  if (bytes > kMaxWindowBytes) {
    return absl::InvalidArgumentError(
        fmt::format("connections times window times payload is {} bytes, more than {}: lower one",
                    bytes, kMaxWindowBytes));
  }
  return absl::OkStatus();
}

int run_load(const Options& options) {
  boost::asio::io_context io(1);
  boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
  LoadRun run(io, options.load, "mqtt_load");
  MqttFleet fleet{options.mqtt, run, io, options.tls ? &tls : nullptr};
  std::ofstream acknowledged;
  if (!options.acknowledged_file.empty()) {
    acknowledged.open(options.acknowledged_file);
    fleet.acknowledged = &acknowledged;
  }
  std::vector<std::shared_ptr<LoadClient>> devices;
  for (int i = 0; i < options.load.connections; ++i) {
    devices.push_back(std::make_shared<MqttDevice>(fleet, i));
  }
  const int status = run.run(devices);
  acknowledged.close();
  if (acknowledged.fail() && fleet.acknowledged != nullptr) {
    std::cerr << "mqtt_load: cannot write " << options.acknowledged_file << "\n";
    return 1;
  }
  if (status != 0) return status;
  run.report(fmt::format(R"(,"mqtt":{},"qos":{},"window":{},"payload_bytes":{})", options.version,
                         options.mqtt.qos, options.mqtt.window, options.mqtt.payload.text.size()));
  return 0;
}

}  // namespace
}  // namespace millrace::load

int main(int argc, char** argv) {
  millrace::load::Options options;
  CLI::App app("MQTT upload load; sends to this machine only");
  millrace::load::add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  const absl::Status complete = millrace::load::complete(options);
  if (!complete.ok()) {
    std::cerr << "mqtt_load: " << complete.message() << "\n";
    return 2;
  }
  return millrace::load::run_load(options);
}
