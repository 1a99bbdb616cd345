// SPDX-License-Identifier: Apache-2.0
//
// What an upload of a known token costs from submit() to its receipt, without the bus: the check,
// the look into the cache, the rules of its application, the record and the receipt.
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

// Without a quota, and with one that is never used up: the clock moves on.
void submit_upload(benchmark::State& state) {
  registry_client::FakeOutside outside;
  registry_client::FakeConnection connection;
  const auto tokens =
      registry_client::TokenDirectory::create(connection, {}, nullptr, outside.platform).value();
  HoldingOutlet outlet;
  PipelineOptions options;
  options.max_upload_bytes = std::make_shared<UploadLimit>(1 << 20);
  Pipeline pipeline(options, *tokens, outlet, outside.platform);
  Upload upload;
  upload.path.app_version_name = "bsd9j82ikfmmfgrjagmg-v1";
  upload.path.token = "JTjdbENzHh";
  upload.body = R"({"timestamp":1700000000123,"temperature":23.5,"humidity":48})";
  upload.correlation_id = "0123456789abcdefghij-12345678";
  std::int64_t accepted = 0;
  const auto done = [&accepted](const Receipt& receipt) {
    accepted += receipt.code == Receipt::Code::kAccepted ? 1 : 0;
  };
  pipeline.submit(upload, done);
  const auto rate = static_cast<double>(state.range(0));
  connection.answer(answer_about_token(rate));
  outlet.acknowledge();
  for (auto unused : state) {
    pipeline.submit(upload, done);
    outlet.acknowledge();
    if (rate > 0) outside.clock.advance(std::chrono::microseconds{1});
  }
  if (accepted != state.iterations() + 1) state.SkipWithError("not every upload was accepted");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(submit_upload)->Arg(0)->Arg(1'000'000);

}  // namespace
}  // namespace millrace::intake
