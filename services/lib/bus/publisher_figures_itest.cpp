// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <vector>

#include <fmt/format.h>

#include "lib/bus/await.h"
#include "lib/bus/nats_server_process.h"
#include "lib/bus/publisher.h"
#include "lib/bus/publisher_figures.h"
#include "lib/bus/streams.h"
#include "lib/bus/subjects.h"

namespace millrace::bus {
namespace {

constexpr int kLatencyRounds = 5'000;
constexpr int kRateMessages = 200'000;
constexpr std::size_t kPayloadBytes = 256;

double microseconds_since(time::Instant begun, const time::Clock& clock) {
  return std::chrono::duration<double, std::micro>(clock.instant() - begun).count();
}

// One publish at a time: what a device waits for when nothing else goes on.
void print_latency(Publisher& publisher, const time::Clock& clock) {
  const std::string subject = subjects::data_samples_received("bench", 0);
  std::vector<double> took;
  Box<bool> outcome;
  for (int i = 0; i < kLatencyRounds; ++i) {
    const auto begun = clock.instant();
    const absl::Status taken =
        publisher.publish(subject, std::string(kPayloadBytes, 'x'),
                          [&outcome](const absl::Status& status) { outcome.put(status.ok()); });
    if (!taken.ok() || !outcome.take()) return;
    took.push_back(microseconds_since(begun, clock));
  }
  std::sort(took.begin(), took.end());
  std::cout << fmt::format(
      "{{\"measure\":\"latency\",\"in_flight\":1,\"p50_us\":{:.0f},\"p99_us\":{:.0f}}}\n",
      took[took.size() / 2], took[took.size() * 99 / 100]);
}

void print_rate(Publisher& publisher, const time::Clock& clock, int in_flight) {
  const std::string subject = subjects::data_samples_received("bench", 0);
  Box<bool> outcome;
  const auto begun = clock.instant();
  int sent = 0;
  int done = 0;
  int failed = 0;
  while (done < kRateMessages) {
    while (sent < kRateMessages && sent - done < in_flight) {
      ++sent;
      const absl::Status taken =
          publisher.publish(subject, std::string(kPayloadBytes, 'x'),
                            [&outcome](const absl::Status& status) { outcome.put(status.ok()); });
      if (!taken.ok()) outcome.put(false);
    }
    failed += outcome.take() ? 0 : 1;
    ++done;
  }
  const double seconds = microseconds_since(begun, clock) / 1e6;
  std::cout << fmt::format(
      "{{\"measure\":\"rate\",\"in_flight\":{},\"messages_per_s\":{:.0f},\"failed\":{}}}\n",
      in_flight, kRateMessages / seconds, failed);
}

}  // namespace

bool print_publisher_figures(const std::string& url) {
  RealOutside outside;
  for (const bool gather_writes : {false, true}) {
    auto connection =
        Connection::connect({url, "bus bench", gather_writes}, outside.platform, std::stop_token());
    if (!connection.ok()) return false;
    const absl::Status stream = ensure_data_samples_stream(**connection, {std::int64_t{2} << 30, 1},
                                                           outside.platform, std::stop_token());
    if (!stream.ok()) {
      std::cerr << stream << "\n";
      return false;
    }
    auto publisher = Publisher::create(**connection, {}, outside.platform);
    if (!publisher.ok()) return false;
    std::cout << fmt::format("{{\"gather_writes\":{}}}\n", gather_writes);
    print_latency(**publisher, outside.clock);
    for (const int in_flight : {16, 256, 1000}) print_rate(**publisher, outside.clock, in_flight);
  }
  return true;
}

}  // namespace millrace::bus
