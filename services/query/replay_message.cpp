// SPDX-License-Identifier: Apache-2.0
#include "query/replay_message.h"

#include <absl/strings/escaping.h>
#include <absl/strings/string_view.h>
#include <fmt/format.h>

#include "lib/rpc/server.h"

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::query {

std::optional<StreamMessage> replay_message(const ReplayTarget& target,
                                            const time_series::RejectedSample& sample) {
  if (sample.sample_cut || sample.sample.empty()) return std::nullopt;
  const time_series::RejectedPosition& row = sample.position;
  telemetry::v1::DataSamplesBatch batch;
  telemetry::v1::DataSamplesEvent& event = *batch.add_events();
  event.set_correlation_id(sample.correlation_id);
  event.set_receipt_time_us(time::to_unix_us(row.received_at));
  event.set_application_name(target.application_name);
  event.set_app_version_name(sample.app_version_name);
  event.set_endpoint_id(row.endpoint_id);
  event.set_content_type(sample.content_type);
  event.set_data_samples(sample.sample);
  event.set_sample_count(static_cast<std::uint32_t>(sample.sample_count));
  event.set_replayed_seq(row.seq);
  const std::string identity = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", target.application_name,
                                           row.endpoint_id, time::to_unix_us(row.received_at),
                                           row.seq, sample.row_version, target.rules_version);
  const std::string digest = rpc::sha256(identity);
  return StreamMessage{
      "replay-" + absl::BytesToHexString(absl::string_view(digest.data(), digest.size())),
      batch.SerializeAsString()};
}

}  // namespace millrace::query
