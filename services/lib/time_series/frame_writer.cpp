// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/frame_writer.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

// Of a batch without strings and of one with some: most have none, and pay nothing for them.
constexpr char kColumns[] = "(endpoint_key, layout_key, time, seq, numbers)";
constexpr char kColumnsAndTexts[] = "(endpoint_key, layout_key, time, seq, numbers, texts)";

// Emptied by each COMMIT. Rows come out of it in the order in which they went in, which is the
// order of their keys; were that ever otherwise, a deadlock would be detected and the batch redone.
constexpr char kMakeStaging[] =
    "CREATE TEMPORARY TABLE IF NOT EXISTS frame_staging (endpoint_key int NOT NULL,"
    " layout_key int NOT NULL, time timestamptz NOT NULL, seq bigint NOT NULL, numbers float8[],"
    " texts text[]) ON COMMIT DELETE ROWS";

constexpr char kUpsert[] =
    "INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq, numbers, texts)"
    " SELECT endpoint_key, layout_key, time, seq, numbers, texts FROM frame_staging"
    " ON CONFLICT (endpoint_key, time, layout_key) DO UPDATE"
    " SET seq = excluded.seq, numbers = excluded.numbers, texts = excluded.texts,"
    " replaced = coalesce(frame.replaced, 0) + 1"
    " WHERE excluded.seq > frame.seq"
    " RETURNING seq, layout_key, replaced IS NULL";

// After the upsert, which has locked every row it met: what it neither inserted nor updated stands
// with the same seq or a higher one. A row that stands with the seq of one of ours tells by
// `replaced` what storing it was, the first time.
constexpr char kLost[] =
    "SELECT s.seq, s.layout_key, f.seq > s.seq FROM frame_staging s JOIN time_series.frame f"
    " ON f.endpoint_key = s.endpoint_key AND f.time = s.time AND f.layout_key = s.layout_key"
    " WHERE f.seq > s.seq OR (f.seq = s.seq AND f.replaced IS NOT NULL)";

auto order_of(const Frame& frame) {
  return std::tuple(frame.week, frame.endpoint_key, frame.time, frame.layout_key);
}

bool same_key(const Frame& a, const Frame& b) {
  return a.endpoint_key == b.endpoint_key && a.time == b.time && a.layout_key == b.layout_key;
}

// A sample has one seq, and at most one frame of each layout.
struct FrameId {
  std::int64_t seq = 0;
  std::int32_t layout_key = 0;
  bool operator==(const FrameId&) const = default;
};
struct FrameIdHash {
  std::size_t operator()(const FrameId& id) const noexcept {
    // Unsigned, where overflow is defined: a seq has up to 63 bits, the position in the stream in
    // the upper ones.
    return std::hash<std::uint64_t>{}(static_cast<std::uint64_t>(id.seq) * 0x9E3779B9U +
                                      static_cast<std::uint32_t>(id.layout_key));
  }
};

}  // namespace

void sort_and_merge(std::vector<Frame>& frames, std::vector<MergedFrame>& merged) {
  for (Frame& frame : frames) frame.week = week_of(frame.time);
  std::sort(frames.begin(), frames.end(), [](const Frame& a, const Frame& b) {
    const auto left = order_of(a);
    const auto right = order_of(b);
    return left != right ? left < right : a.seq > b.seq;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (kept > 0 && same_key(frames[kept - 1], frames[i])) {
      merged.push_back({frames[i].sample, static_cast<std::uint32_t>(kept - 1)});
    } else {
      frames[kept++] = frames[i];
    }
  }
  frames.resize(kept);
}

absl::Status FrameWriter::prepare(postgres::Connection& connection) {
  return connection.execute_script(kMakeStaging);
}

absl::Status FrameWriter::write(std::span<const Frame> frames, InsertPath path,
                                std::vector<FrameFate>& fates) {
  fates.assign(frames.size(), FrameFate::kInserted);
  if (frames.empty()) return absl::OkStatus();
  const bool with_texts = std::any_of(frames.begin(), frames.end(),
                                      [](const Frame& frame) { return !frame.text_slots.empty(); });
  buffer_.clear();
  for (const Frame& frame : frames) encode(frame, with_texts);
  buffer_.finish();
  const std::string target = path == InsertPath::kDirect ? "time_series.frame" : "frame_staging";
  const auto copied = connection_.copy_binary(
      fmt::format("{} {}", target, with_texts ? kColumnsAndTexts : kColumns), buffer_.data());
  if (!copied.ok()) return copied.status();
  return path == InsertPath::kDirect ? absl::OkStatus() : upsert(frames, fates);
}

void FrameWriter::encode(const Frame& frame, bool with_texts) {
  buffer_.row(with_texts ? 6 : 5);
  buffer_.int4(frame.endpoint_key);
  buffer_.int4(frame.layout_key);
  buffer_.timestamp(frame.time);
  buffer_.int8(frame.seq);
  if (frame.slots.empty()) {
    buffer_.null();
  } else {
    numbers_.clear();
    for (const std::uint32_t number : frame.slots) numbers_.push_back(frame.numbers[number]);
    buffer_.float8_array(numbers_);
  }
  if (!with_texts) return;
  if (frame.text_slots.empty()) {
    buffer_.null();
  } else {
    texts_.clear();
    for (const std::uint32_t text : frame.text_slots) texts_.push_back(frame.texts[text]);
    buffer_.text_array(texts_);
  }
}

absl::Status FrameWriter::upsert(std::span<const Frame> frames, std::vector<FrameFate>& fates) {
  MILLRACE_ASSIGN_OR_RETURN(const auto touched, connection_.execute(kUpsert));
  std::unordered_map<FrameId, std::size_t, FrameIdHash> index;
  index.reserve(frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    index.emplace(FrameId{frames[i].seq, frames[i].layout_key}, i);
  }
  fates.assign(frames.size(), FrameFate::kRepeated);
  for (int row = 0; row < touched.rows(); ++row) {
    fates[index.at({touched.int8(row, 0), touched.int4(row, 1)})] =
        touched.boolean(row, 2) ? FrameFate::kInserted : FrameFate::kReplaced;
  }
  if (static_cast<std::size_t>(touched.rows()) == frames.size()) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(const auto lost, connection_.execute(kLost));
  for (int row = 0; row < lost.rows(); ++row) {
    FrameFate& fate = fates[index.at({lost.int8(row, 0), lost.int4(row, 1)})];
    if (lost.boolean(row, 2)) {
      fate = FrameFate::kLost;
    } else if (fate == FrameFate::kRepeated) {
      fate = FrameFate::kRepeatedReplacement;
    }
  }
  return absl::OkStatus();
}

}  // namespace millrace::time_series
