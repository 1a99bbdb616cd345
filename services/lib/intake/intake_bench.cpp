// SPDX-License-Identifier: Apache-2.0
//
// Uploads a second through the batcher, from several threads, onto a bus that acknowledges a
// message after a fixed cost of its own: how much the coalescing itself costs, and how it grows
// with load.
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include "lib/intake/batch_record.h"
#include "lib/intake/batcher.h"

namespace millrace::intake {
namespace {

// Acknowledges in order on one thread; each message costs it about 15 µs, as JetStream.
class CostlyOutlet final : public Batcher::Outlet {
 public:
  CostlyOutlet() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

  absl::Status publish(Batcher::Message, Batcher::Done done) override {
    concurrency::MutexLock lock(mutex_);
    dones_.push_back(std::move(done));
    return absl::OkStatus();
  }

  std::size_t messages() const { return messages_; }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<Batcher::Done> settled;
      {
        concurrency::MutexLock lock(mutex_);
        settled.swap(dones_);
      }
      for (const Batcher::Done& done : settled) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds{15};
        while (std::chrono::steady_clock::now() < end) {
        }
        done(absl::OkStatus());
        ++messages_;
      }
    }
  }

  concurrency::Mutex mutex_;
  std::vector<Batcher::Done> dones_ ABSL_GUARDED_BY(mutex_);
  std::atomic<std::size_t> messages_ = 0;
  std::jthread thread_;
};

std::string upload_of_one_sample() {
  return batch_record(
      {.correlation_id = "0123456789abcdefghij-12345678",
       .receipt_time_us = 1'700'000'000'000'000,
       .application_name = "bsd9j82ikfmmfgrjagmg",
       .app_version_name = "bsd9j82ikfmmfgrjagmg-v1",
       .endpoint_id = "6d2a9a43-9b1f-4b7c-9b1e-2f6c0a5f1a11",
       .data_samples = R"({"timestamp":1700000000123,"temperature":23.5,"humidity":48})",
       .sample_count = 1});
}

// `outstanding` uploads wait for their answer at any time, as from so many devices.
void add_uploads(benchmark::State& state) {
  const auto outstanding = static_cast<std::size_t>(state.range(0));
  CostlyOutlet outlet;
  std::atomic<std::size_t> open = 0;
  Batcher batcher({}, outlet, [&open](const PendingUploads& uploads, const absl::Status&) {
    open -= uploads.size();
  });
  const std::string record = upload_of_one_sample();
  for (auto unused : state) {
    while (open.load(std::memory_order_relaxed) >= outstanding) std::this_thread::yield();
    ++open;
    batcher.add(0, record, std::make_unique<Pending>());
    batcher.publish();
  }
  while (open != 0) std::this_thread::yield();
  state.SetItemsProcessed(state.iterations());
  state.counters["uploads_per_message"] =
      static_cast<double>(state.iterations()) / static_cast<double>(outlet.messages());
}
BENCHMARK(add_uploads)->Arg(1)->Arg(64)->Arg(1'000)->Arg(10'000)->UseRealTime();

void make_record(benchmark::State& state) {
  for (auto unused : state) benchmark::DoNotOptimize(upload_of_one_sample());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(make_record);

}  // namespace
}  // namespace millrace::intake
