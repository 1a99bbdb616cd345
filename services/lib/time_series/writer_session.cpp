// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/writer_session.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "lib/error/error.h"
#include "lib/time_series/message_ends.h"
#include "lib/time_series/rollup_marks.h"

namespace millrace::time_series {
namespace {

// Plans: each statement joins a small staging table with an index of a big table, for which
// PostgreSQL has no statistics; compiling them costs more than running them. Temporary buffers hold
// a batch.
constexpr char kPrepareSession[] =
    "SET jit = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    " SET temp_buffers = '32MB'";

// Also what a constraint of an operator's own gives: PostgreSQL tells the two apart only in words,
// which depend on its language.
bool may_be_missing_partition(const absl::Status& status) {
  return postgres::sqlstate(status) == "23514";
}

// A key of the catalogue that is not there: somebody has deleted or restored tables behind our
// back.
bool is_stale_key(const absl::Status& status) {
  return postgres::sqlstate(status) == "23503";
}

// The primary key of rejected_sample.
using RowKey = std::tuple<std::int32_t, std::string_view, time::UnixMicros, std::int64_t>;
RowKey key_of(const ReplayedUpload& upload) {
  return {upload.application_key, upload.endpoint_id, storable_receipt_time(upload.row.received_at),
          upload.row.seq};
}

// Failures that the same rows would meet again: data exceptions, constraints, and limits of
// PostgreSQL's program such as the length of an index entry.
absl::Status classified(const absl::Status& status) {
  const std::string state = postgres::sqlstate(status);
  if (status.ok() || is_stale_key(status)) return status;
  if (state.starts_with("22") || state.starts_with("23") || state.starts_with("54")) {
    return absl::InvalidArgumentError(error::message(status));
  }
  return status;
}

}  // namespace

WriterSession::WriterSession(std::unique_ptr<postgres::Connection> connection,
                             const WriterLimits& limits, process::Platform& platform)
    : connection_(std::move(connection)),
      series_(*connection_, limits.max_values),
      layouts_(*connection_, limits.max_layouts),
      shapes_(series_, layouts_),
      endpoints_(*connection_, limits.cached_endpoints),
      usage_(*connection_, limits.endpoint),
      admission_(series_, shapes_, endpoints_, usage_),
      partitions_(*connection_, platform),
      frames_(*connection_),
      rejected_(*connection_, limits.max_rejected_sample_bytes),
      replayed_(*connection_) {}

WriterSession::~WriterSession() = default;

absl::StatusOr<std::unique_ptr<WriterSession>> WriterSession::open(
    const postgres::ConnectionOptions& options, const WriterLimits& limits,
    process::Platform& platform) {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, postgres::Connection::connect(options));
  MILLRACE_RETURN_IF_ERROR(connection->execute_script(kPrepareSession));
  MILLRACE_RETURN_IF_ERROR(FrameWriter::prepare(*connection));
  MILLRACE_RETURN_IF_ERROR(RejectedSampleWriter::prepare(*connection));
  return std::unique_ptr<WriterSession>(new WriterSession(std::move(connection), limits, platform));
}

absl::Status WriterSession::write(const SampleBatch& batch, SampleRange range, Delivery delivery,
                                  WriteOutcome& outcome) {
  plan_.begin(batch, range);
  absl::Status status = prepare(batch, range);
  if (status.ok()) status = store(batch, range, delivery, outcome);
  if (may_be_missing_partition(status)) {
    // Dropped behind our back, perhaps by an operator's retention.
    partitions_.forget();
    status = partitions_.make_for(plan_.frames);
    if (status.ok()) status = store(batch, range, delivery, outcome);
  }
  if (is_stale_key(status)) stale_ = true;
  return error::has_unknown_outcome(status) ? status : classified(status);
}

// What the transaction needs and what stays when it fails: catalogue and partitions.
absl::Status WriterSession::prepare(const SampleBatch& batch, SampleRange range) {
  WritePlan& plan = plan_;
  MILLRACE_RETURN_IF_ERROR(partitions_.make_ahead());
  MILLRACE_RETURN_IF_ERROR(find_keys(batch, range));
  MILLRACE_RETURN_IF_ERROR(find_replays(batch, range));
  plan_known_frames(batch, range);
  MILLRACE_RETURN_IF_ERROR(plan_new_frames(batch, range));
  sort_and_merge(plan.frames, plan.merged);
  return partitions_.make_for(plan.frames);
}

absl::Status WriterSession::find_keys(const SampleBatch& batch, SampleRange range) {
  WritePlan& plan = plan_;
  std::vector<std::uint32_t> shapes;
  std::vector<bool> shape_seen(batch.shapes().size(), false);
  std::vector<EndpointCatalogue::Wanted> endpoints;
  std::vector<bool> endpoint_wanted(batch.uploads().size(), false);
  for (std::size_t i = range.first; i < range.last; ++i) {
    const SampleBatch::Sample& sample = batch.samples()[i];
    const SampleBatch::Upload& upload = batch.uploads()[sample.upload];
    if (plan.application_keys[sample.upload] == 0) {
      MILLRACE_ASSIGN_OR_RETURN(const Application* application,
                                series_.application(upload.application_name));
      plan.application_keys[sample.upload] = application->key;
    }
    if (sample.shape == SampleBatch::kNone) continue;
    if (!shape_seen[sample.shape]) shapes.push_back(sample.shape);
    shape_seen[sample.shape] = true;
    if (endpoint_wanted[sample.upload]) continue;
    endpoint_wanted[sample.upload] = true;
    endpoints.push_back({plan.application_keys[sample.upload], upload.endpoint_id,
                         &plan.endpoint_keys[sample.upload]});
  }
  MILLRACE_RETURN_IF_ERROR(endpoints_.fill_keys(endpoints));
  MILLRACE_ASSIGN_OR_RETURN(plan.shapes, shapes_.find(batch, shapes));
  return absl::OkStatus();
}

absl::Status WriterSession::find_replays(const SampleBatch& batch, SampleRange range) {
  WritePlan& plan = plan_;
  for (std::size_t i = range.first; i < range.last; ++i) {
    const std::uint32_t index = batch.samples()[i].upload;
    const SampleBatch::Upload& upload = batch.uploads()[index];
    if (!upload.replayed.has_value()) continue;
    plan.is_replayed.resize(range.size(), false);
    plan.is_replayed[i - range.first] = true;
    if (!plan.replays.empty() && plan.replays.back().upload == index) continue;
    plan.replays.push_back(
        {index, plan.application_keys[index], upload.endpoint_id, *upload.replayed});
  }
  if (plan.replays.empty()) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(const auto found, replayed_.find(plan.replays));
  plan.is_gone.resize(batch.uploads().size(), false);
  std::size_t kept = 0;
  std::set<RowKey> taken;
  for (std::size_t i = 0; i < found.size(); ++i) {
    // Of two uploads for one row the second would find it gone, were they not in one batch.
    if (found[i].has_value() && taken.insert(key_of(plan.replays[i])).second) {
      plan.replays[kept++] = plan.replays[i];
    } else {
      plan.is_gone[plan.replays[i].upload] = true;
    }
  }
  plan.replays.resize(kept);
  return absl::OkStatus();
}

void WriterSession::plan_known_frames(const SampleBatch& batch, SampleRange range) {
  WritePlan& plan = plan_;
  static const ResolvedShape kNoShape;
  for (std::size_t i = range.first; i < range.last; ++i) {
    const SampleBatch::Sample& sample = batch.samples()[i];
    if (plan.skips(sample)) continue;
    if (sample.shape == SampleBatch::kNone) {
      plan.add_sample(batch, range, i, kNoShape);
      continue;
    }
    const ResolvedShape* shape = plan.shapes[sample.shape].get();
    const std::int32_t endpoint_key = plan.endpoint_keys[sample.upload];
    const auto is_recorded = [&](const ResolvedShape::Part& part) {
      return endpoints_.is_recorded({endpoint_key, part.layout_key});
    };
    if (shape != nullptr && std::all_of(shape->parts.begin(), shape->parts.end(), is_recorded)) {
      plan.add_sample(batch, range, i, *shape);
    } else {
      plan.add_newcomer(sample, i);
    }
  }
}

absl::Status WriterSession::plan_new_frames(const SampleBatch& batch, SampleRange range) {
  WritePlan& plan = plan_;
  if (plan.newcomers.empty()) return absl::OkStatus();
  MILLRACE_RETURN_IF_ERROR(admission_.admit(batch, plan.newcomers, plan.shapes));
  for (std::size_t i = 0; i < plan.newcomers.size(); ++i) {
    for (const std::size_t sample : plan.samples_of_newcomer[i]) {
      plan.add_sample(batch, range, sample, *plan.newcomers[i].answer);
    }
  }
  return absl::OkStatus();
}

absl::Status WriterSession::store(const SampleBatch& batch, SampleRange range, Delivery delivery,
                                  WriteOutcome& outcome) {
  // Some of what is replayed may be there already, as of samples that were stored in part.
  last_path_ = choice_.next(plan_.replays.empty() ? delivery : Delivery::kAgain);
  absl::Status stored = attempt(batch, range, last_path_, outcome);
  if (last_path_ == InsertPath::kDirect && absl::IsAlreadyExists(stored)) {
    choice_.direct_failed();
    last_path_ = InsertPath::kStaged;
    stored = attempt(batch, range, last_path_, outcome);
  } else if (last_path_ == InsertPath::kDirect && stored.ok()) {
    choice_.direct_succeeded();
  }
  if (last_path_ == InsertPath::kStaged && stored.ok()) {
    const auto conflicts =
        std::count_if(plan_.frame_fates.begin(), plan_.frame_fates.end(),
                      [](FrameFate fate) { return fate != FrameFate::kInserted; });
    choice_.staged_succeeded(static_cast<std::size_t>(conflicts));
  }
  return stored;
}

absl::Status WriterSession::attempt(const SampleBatch& batch, SampleRange range, InsertPath path,
                                    WriteOutcome& outcome) {
  WritePlan& plan = plan_;
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection_));
  std::optional<Hour> sealed_until;
  // First of all: whoever moves the seal waits for us, and must not hold what we wait for.
  if (!plan.frames.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(sealed_until, begin_marking(*connection_));
  }
  if (!plan.replays.empty()) MILLRACE_RETURN_IF_ERROR(hold_replays());
  MILLRACE_RETURN_IF_ERROR(write_frames(path, sealed_until));
  if (!plan.replays.empty()) MILLRACE_RETURN_IF_ERROR(replayed_.remove(plan.replays));
  MILLRACE_ASSIGN_OR_RETURN(const auto new_rejections, rejected_.write(plan.rejected));
  plan.find_fates();
  outcome = plan.tally(new_rejections);
  outcome.tallies = plan.tally_messages(batch, range);
  if (range.size() == batch.samples().size()) {
    MILLRACE_RETURN_IF_ERROR(write_ends(batch, outcome.tallies, outcome.ended));
  }
  return transaction.commit();
}

absl::Status WriterSession::write_frames(InsertPath path, std::optional<Hour> sealed_until) {
  WritePlan& plan = plan_;
  MILLRACE_RETURN_IF_ERROR(frames_.write(plan.frames, path, plan.frame_fates));
  if (!sealed_until) return absl::OkStatus();
  return write_marks(*connection_, marks_, marks_of(plan.frames, plan.frame_fates, *sealed_until));
}

absl::Status WriterSession::end_messages(const SampleBatch& batch,
                                         std::span<const MessageTally> tallies,
                                         std::vector<bool>& ended) {
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(*connection_));
  MILLRACE_RETURN_IF_ERROR(write_ends(batch, tallies, ended));
  return transaction.commit();
}

absl::Status WriterSession::write_ends(const SampleBatch& batch,
                                       std::span<const MessageTally> tallies,
                                       std::vector<bool>& ended) {
  std::vector<MessageEnd> ends;
  ends.reserve(tallies.size());
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const SampleBatch::Message& message = batch.messages()[i];
    ends.push_back({message.stream_sequence, tallies[i].stored, tallies[i].merged,
                    tallies[i].rejected, message.empty_samples, message.terminated});
  }
  MILLRACE_ASSIGN_OR_RETURN(ended, write_message_ends(*connection_, ends));
  return absl::OkStatus();
}

// Whoever else replays the same rows waits, and finds them gone. Before the frames, which have
// locks of their own: two writers never wait for each other crosswise.
absl::Status WriterSession::hold_replays() {
  WritePlan& plan = plan_;
  MILLRACE_ASSIGN_OR_RETURN(const auto found, replayed_.lock(plan.replays));
  std::map<std::uint32_t, time::UnixMicros> rejected_at;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i].has_value()) {
      return absl::AbortedError("a rejected sample that is replayed has gone meanwhile");
    }
    rejected_at.emplace(plan.replays[i].upload, *found[i]);
  }
  for (RejectedRow& row : plan.rejected) {
    const auto first = rejected_at.find(row.sample->upload);
    if (first != rejected_at.end()) row.rejected_at = first->second;
  }
  return absl::OkStatus();
}

}  // namespace millrace::time_series
