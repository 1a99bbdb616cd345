// SPDX-License-Identifier: Apache-2.0
//
// What an upload of a known token costs from submit() to its receipt, without the bus: the check,
// the look into the cache, the rules of its application, the record and the receipt.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "lib/intake/pipeline.h"
#include "lib/registry_client/fake_connection.h"

#include "millrace/identity/v1/token.pb.h"

namespace millrace::intake {
namespace {

// Acknowledges when told to.
class HoldingOutlet final : public Batcher::Outlet {
 public:
  absl::Status publish(Batcher::Message, Batcher::Done done) override {
    dones_.push_back(std::move(done));
    return absl::OkStatus();
  }
  void acknowledge() {
    std::vector<Batcher::Done> dones = std::exchange(dones_, {});
    for (const Batcher::Done& done : dones) done(absl::OkStatus());
  }

 private:
  std::vector<Batcher::Done> dones_;
};

std::string answer_about_token(double max_uploads_per_second) {
  identity::v1::EndpointTokensResponse response;
  response.set_status_code(200);
  auto& answer = *response.add_answers();
  answer.set_status_code(200);
  answer.set_application_name("bsd9j82ikfmmfgrjagmg");
  answer.set_endpoint_id("6d2a9a43-9b1f-4b7c-9b1e-2f6c0a5f1a11");
  answer.set_token_id(7);
  answer.mutable_upload_rules()->set_max_uploads_per_second(max_uploads_per_second);
  answer.mutable_upload_rules()->set_max_upload_burst(1'000'000);
  return response.SerializeAsString();
}

// A pipeline that knows one token, and an upload of it.
class Rig {
 public:
  // 0: without a quota.
  explicit Rig(double max_uploads_per_second, std::size_t max_in_flight = 8) {
    PipelineOptions options;
    options.max_upload_bytes = std::make_shared<UploadLimit>(1 << 20);
    options.batching.max_in_flight = max_in_flight;
    pipeline_.emplace(options, *tokens_, outlet_, outside.platform);
    upload_.path.app_version_name = "bsd9j82ikfmmfgrjagmg-v1";
    upload_.path.token = "JTjdbENzHh";
    upload_.body = R"({"timestamp":1700000000123,"temperature":23.5,"humidity":48})";
    submit();
    connection_.answer(answer_about_token(max_uploads_per_second));
    acknowledge();
  }

  void submit() {
    ++submitted_;
    pipeline_->submit(upload_, [this](const Receipt& receipt) {
      accepted_ += receipt.code == Receipt::Code::kAccepted ? 1 : 0;
    });
  }
  void acknowledge() { outlet_.acknowledge(); }
  void check(benchmark::State& state) const {
    if (accepted_ != submitted_) state.SkipWithError("not every upload was accepted");
  }

  registry_client::FakeOutside outside;

 private:
  registry_client::FakeConnection connection_;
  std::unique_ptr<registry_client::TokenDirectory> tokens_ =
      registry_client::TokenDirectory::create(connection_, {}, nullptr, outside.platform).value();
  HoldingOutlet outlet_;
  std::optional<Pipeline> pipeline_;
  Upload upload_;
  std::int64_t submitted_ = 0;
  std::int64_t accepted_ = 0;
};

// Without a quota, and with one that is never used up: the clock moves on.
void submit_upload(benchmark::State& state) {
  const auto rate = static_cast<double>(state.range(0));
  Rig rig(rate);
  for (auto unused : state) {
    rig.submit();
    rig.acknowledge();
    if (rate > 0) rig.outside.clock.advance(std::chrono::microseconds{1});
  }
  rig.check(state);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(submit_upload)->Arg(0)->Arg(1'000'000);

// While a message is in flight: all but the first travel together.
void submit_burst(benchmark::State& state) {
  const std::int64_t uploads = state.range(0);
  Rig rig(0, 1);
  for (auto unused : state) {
    for (std::int64_t i = 0; i < uploads; ++i) rig.submit();
    rig.acknowledge();
    rig.acknowledge();
  }
  rig.check(state);
  state.SetItemsProcessed(uploads * state.iterations());
}
BENCHMARK(submit_burst)->Arg(200);

}  // namespace
}  // namespace millrace::intake
