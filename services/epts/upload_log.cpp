// SPDX-License-Identifier: Apache-2.0
#include "epts/upload_log.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/trace/trace_context.h"

namespace millrace::epts {
namespace {

using time_series::SampleBatch;

// Samples of one upload by how they ended.
struct Ends {
  std::uint64_t stored = 0;
  std::uint64_t rejected = 0;
  std::uint64_t lost = 0;
};

bool has_points(const SampleBatch& batch, const SampleBatch::Sample& sample,
                const BatchStorer::Stored& stored) {
  if (sample.shape == SampleBatch::kNone || stored.refused.empty()) {
    return sample.shape != SampleBatch::kNone;
  }
  const std::size_t values = time_series::name_count(batch.shapes()[sample.shape].names);
  for (std::uint32_t i = 0; i < values; ++i) {
    if (!stored.refused.contains({sample.upload, sample.shape, i})) return true;
  }
  return false;
}

std::vector<Ends> ends_by_upload(const SampleBatch& batch, const BatchStorer::Stored& stored) {
  std::vector<Ends> ends(batch.uploads().size());
  for (std::size_t i = 0; i < batch.samples().size(); ++i) {
    const SampleBatch::Sample& sample = batch.samples()[i];
    if (stored.untouched.contains(sample.upload)) continue;
    Ends& of_upload = ends[sample.upload];
    if (stored.lost.contains(i)) {
      of_upload.lost += sample.weight;
    } else if (has_points(batch, sample, stored)) {
      ++of_upload.stored;
    } else {
      of_upload.rejected += sample.weight;
    }
  }
  return ends;
}

std::string_view event_of(const Ends& ends, bool untouched) {
  if (untouched) return "replayed upload left as it was";
  if (ends.lost > 0) return "upload terminated";
  if (ends.stored > 0) return "upload stored";
  return ends.rejected > 0 ? "upload rejected" : "upload holds nothing to store";
}

}  // namespace

void log_uploads(const SampleBatch& batch, const BatchStorer::Stored& stored, log::Logger& log) {
  if (!log.writes(log::Level::kDebug)) return;
  const std::vector<Ends> ends = ends_by_upload(batch, stored);
  for (std::uint32_t i = 0; i < ends.size(); ++i) {
    const SampleBatch::Upload& upload = batch.uploads()[i];
    log.debug(event_of(ends[i], stored.untouched.contains(i)),
              {{"correlation_id", upload.correlation_id},
               {"trace_id", trace::trace_id(trace::TraceContext::parse(upload.traceparent))},
               {"application", upload.application_name},
               {"endpoint", upload.endpoint_id},
               {"stored", ends[i].stored},
               {"rejected", ends[i].rejected}});
  }
}

}  // namespace millrace::epts
