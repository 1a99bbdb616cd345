// SPDX-License-Identifier: Apache-2.0
//
// The ceiling beneath the receivers: how many messages a second JetStream takes when every upload
// is a message of its own. nats.c's own asynchronous publish, no Millrace code. Prints one JSON
// line.
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nats/nats.h>

namespace {

struct Options {
  std::string url;
  std::int64_t messages = 100'000;
  int bytes = 256;
  int max_pending = 1000;
};

void check(natsStatus status, const char* what) {
  if (status == NATS_OK) return;
  std::cerr << "jetstream_ceiling: cannot " << what << ": " << natsStatus_GetText(status) << "\n";
  std::exit(1);
}

void publish_all(jsCtx* js, const Options& options) {
  const std::string payload(static_cast<std::size_t>(options.bytes), 'x');
  for (std::int64_t i = 0; i < options.messages; ++i) {
    check(js_PublishAsync(js, "ceiling.uploads", payload.data(), options.bytes, nullptr),
          "publish");
  }
  jsPubOptions wait;
  check(jsPubOptions_Init(&wait), "prepare the wait");
  wait.MaxWait = 60'000;  // milliseconds
  check(js_PublishAsyncComplete(js, &wait), "wait for all acknowledgements");
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("JetStream publishes a second, one message an upload");
  app.add_option("--nats-url", options.url)->required();
  app.add_option("--messages", options.messages)->check(CLI::Range(1, 10'000'000));
  app.add_option("--bytes", options.bytes)->check(CLI::Range(1, 1'000'000));
  app.add_option("--max-pending", options.max_pending)->check(CLI::Range(1, 4096));
  CLI11_PARSE(app, argc, argv);

  natsConnection* connection = nullptr;
  jsCtx* js = nullptr;
  check(natsConnection_ConnectTo(&connection, options.url.c_str()), "connect");
  jsOptions js_options;
  check(jsOptions_Init(&js_options), "prepare JetStream");
  js_options.PublishAsync.MaxPending = options.max_pending;
  check(natsConnection_JetStream(&js, connection, &js_options), "open JetStream");
  const char* subjects[] = {"ceiling.>"};
  jsStreamConfig stream;
  check(jsStreamConfig_Init(&stream), "prepare the stream");
  stream.Name = "CEILING";
  stream.Subjects = subjects;
  stream.SubjectsLen = 1;
  stream.Storage = js_FileStorage;
  check(js_AddStream(nullptr, js, &stream, nullptr, nullptr), "make the stream");

  const auto begin = std::chrono::steady_clock::now();
  publish_all(js, options);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  fmt::print(
      "{{\"program\":\"jetstream_ceiling\",\"messages\":{},\"bytes\":{},\"seconds\":{:.3f},"
      "\"messages_per_second\":{:.0f}}}\n",
      options.messages, options.bytes, seconds, static_cast<double>(options.messages) / seconds);

  check(js_DeleteStream(js, "CEILING", nullptr, nullptr), "remove the stream");
  jsCtx_Destroy(js);
  natsConnection_Destroy(connection);
  nats_Close();
  return 0;
}
