// SPDX-License-Identifier: Apache-2.0
//
// Devices that upload over HTTP/1.1, each on a connection kept alive and one request at a time:
// see load_run.h for closed and open loops. One thread. Prints one JSON line.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "load/http_device.h"
#include "load/load_run.h"
#include "load/payload.h"

namespace millrace::load {
namespace {

struct Options {
  LoadOptions load;
  HttpOptions http;
  std::string payload = R"({"temperature":23.5,"humidity":48})";
  std::size_t payload_bytes = 0;
  bool tls = false;
};

void add_options(CLI::App& app, Options& options) {
  add_load_options(app, options.load);
  app.add_option("--path", options.http.path, "/kp1/<app-version>/dcx/<endpoint-token>/json")
      ->required();
  app.add_flag("--tls", options.tls, "without looking at the server's certificate");
  CLI::Option* text = app.add_option("--payload", options.payload, "the body of each upload");
  app.add_option("--payload-bytes", options.payload_bytes,
                 "a sample of so many bytes, with a number of its own in each upload")
      ->check(CLI::Range(std::size_t{21}, std::size_t{64} << 20U))
      ->excludes(text);
  app.add_flag("--tolerate-refusals", options.http.tolerate_refusals, "count them, and go on");
}

absl::Status complete(Options& options) {
  if (const std::string fault = fault_of(options.load); !fault.empty()) {
    return absl::InvalidArgumentError(fault);
  }
  if (!options.http.path.starts_with('/')) {
    return absl::InvalidArgumentError(
        fmt::format("--path is '{}', and must begin with a slash", options.http.path));
  }
  options.http.payload = {options.payload, std::nullopt};
  if (options.payload_bytes == 0) return absl::OkStatus();
  absl::StatusOr<Payload> payload = numbered_sample(options.payload_bytes);
  if (!payload.ok()) return payload.status();
  options.http.payload = *std::move(payload);
  return absl::OkStatus();
}

int run_load(const Options& options) {
  boost::asio::io_context io(1);
  boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
  LoadRun run(io, options.load, "http_load");
  HttpFleet fleet{options.http, run, io, options.tls ? &tls : nullptr};
  std::vector<std::shared_ptr<LoadClient>> devices;
  for (int i = 0; i < options.load.connections; ++i) {
    devices.push_back(std::make_shared<HttpDevice>(fleet, i));
  }
  const int status = run.run(devices);
  if (status != 0) return status;
  run.report(fmt::format(R"(,"payload_bytes":{})", options.http.payload.text.size()));
  return 0;
}

}  // namespace
}  // namespace millrace::load

int main(int argc, char** argv) {
  millrace::load::Options options;
  CLI::App app("HTTP upload load; sends to this machine only");
  millrace::load::add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  const absl::Status complete = millrace::load::complete(options);
  if (!complete.ok()) {
    std::cerr << "http_load: " << complete.message() << "\n";
    return 2;
  }
  return millrace::load::run_load(options);
}
