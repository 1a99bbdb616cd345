// SPDX-License-Identifier: Apache-2.0
//
// What the extraction hands to storage: samples with their values, as columns, so that a batch of
// 20,000 samples costs no allocation once the memory is there. Which values a sample holds is its
// shape; samples of one kind of device share it.
//
// Borrows: the texts of uploads and samples point into the messages the batch was made from, those
// of strings to wherever the extraction keeps them; both must outlive it. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/time/clock.h"
#include "lib/time_series/recent_cache.h"
#include "lib/time_series/rejection.h"
#include "lib/time_series/value_type.h"

namespace millrace::time_series {

struct ValueName {
  std::string_view series;
  std::string_view value;
  ValueType type = ValueType::kNumber;
};

// The names of a sample's values in their order, as one text to compare and hash.
// Names hold no NUL (series rules and extraction see to that). A series' name comes in two parts,
// which saves putting "auto~" and the field's name together first.
void append_value_name(std::string& shape, ValueType type, std::string_view series_prefix,
                       std::string_view series_rest, std::string_view value = "value");
// The names in `shape`, pointing into it.
std::vector<ValueName> value_names(std::string_view shape);
// Whether a text of append_value_name() begins with the name of a string.
bool is_string(std::string_view single_name);
// The text of each single name of `shape`, pointing into it; and how many there are.
std::vector<std::string_view> single_names(std::string_view shape);
std::size_t name_count(std::string_view shape);

class SampleBatch {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  // A message of the stream, for the ledger.
  struct Message {
    std::uint64_t stream_sequence = 0;
    std::uint64_t empty_samples = 0;  // of its uploads
    bool terminated = false;          // given up, as a whole or for some of its samples
    // Of its samples those that are points of transmitters: no receiver has counted them.
    std::uint64_t transmitted_points = 0;
  };

  // Which row of rejected_sample an upload is sent again for, beside application and endpoint.
  struct ReplayedRow {
    std::int64_t seq = 0;
    time::UnixMicros received_at;
  };

  struct Sample;
  // Makes the texts of an upload's samples when a row needs them: of many it is needed of few.
  class LateTexts {
   public:
    LateTexts() = default;
    LateTexts(const LateTexts&) = delete;
    LateTexts& operator=(const LateTexts&) = delete;
    virtual ~LateTexts() = default;
    virtual std::string text(const Sample& sample) const = 0;
  };

  struct Upload {
    std::string_view application_name;
    std::string_view app_version_name;
    std::string_view endpoint_id;
    std::string_view correlation_id;
    std::int64_t rules_version = 0;
    std::string_view traceparent = {};   // a valid one of version 00 (lib/trace); empty: none
    std::string_view content_type = {};  // empty: JSON
    // Set: takes effect only while that row is there, and takes it away (replayed_rows.h). All of
    // its samples must be written in one range.
    std::optional<ReplayedRow> replayed = std::nullopt;
    std::uint32_t message = kNone;    // index into messages(); set by begin_upload()
    std::uint32_t empty_samples = 0;  // see count_empty()
    // Null: samples have their text in `json`. Outlives the batch.
    const LateTexts* late_texts = nullptr;
  };

  struct Shape {
    std::string application_name;
    std::string names;  // see append_value_name()
  };

  struct Sample {
    std::uint32_t upload = 0;         // index into uploads()
    std::uint32_t shape = kNone;      // index into shapes(); kNone: nothing to store
    std::uint32_t first_number = 0;   // index into numbers(): of its numbers and booleans in order
    std::uint32_t first_text = 0;     // index into texts(): of its strings in order
    std::uint32_t rejection = kNone;  // index into rejections(); what was refused of this sample
    std::uint32_t weight = 1;         // how many samples this stands for, see Facts
    std::int64_t seq = 0;
    time::UnixMicros time;  // of its points
    time::UnixMicros received_at;
    std::string_view json;  // as sent
  };

  struct Facts {
    // More than 1: an upload that is refused as a whole, one rejection for all of its samples.
    std::uint32_t weight = 1;
    std::int64_t seq = 0;
    time::UnixMicros time;
    time::UnixMicros received_at;
    std::string_view json;
  };

  // Forgets everything and keeps the memory.
  void clear();

  // The uploads that follow belong to this message. Batches of no message are in no ledger.
  void begin_message(std::uint64_t stream_sequence);
  // Nothing more can be made of message `index`, or of a part of it.
  void terminate(std::size_t index) { messages_[index].terminated = true; }
  // The samples that follow belong to this upload.
  void begin_upload(const Upload& upload);
  // Of the upload begun last.
  void set_late_texts(const LateTexts& texts) { uploads_.back().late_texts = &texts; }
  // `numbers` are those of the shape's numbers and booleans (0 and 1) in their order, `texts` those
  // of its strings. null_pattern() is NULL, and so is a text without data(). All empty: nothing to
  // store.
  void add_sample(const Facts& facts, std::string_view shape, std::span<const double> numbers,
                  std::span<const std::string_view> texts = {});
  // Instead of add_sample(): no rule found anything in so many samples.
  void count_empty(std::uint64_t samples = 1);
  // So many samples of the message at work are, or would have been, points of transmitters.
  void count_transmitted(std::uint64_t points);
  // Of the sample added last; the first call of a sample counts.
  void reject(Rejection rejection);
  // Makes sample `index` one that only has a rejection: storage refused it as it was.
  void refuse_storage(std::size_t index, Rejection rejection);

  const std::vector<Message>& messages() const { return messages_; }
  const std::vector<Upload>& uploads() const { return uploads_; }
  const std::vector<Shape>& shapes() const { return shapes_; }
  const std::vector<Sample>& samples() const { return samples_; }
  const std::vector<double>& numbers() const { return numbers_; }
  const std::vector<std::string_view>& texts() const { return texts_; }
  const std::vector<Rejection>& rejections() const { return rejections_; }

 private:
  std::uint32_t shape_index(std::string_view names);

  std::vector<Message> messages_;
  std::vector<Upload> uploads_;
  std::vector<Shape> shapes_;
  std::vector<Sample> samples_;
  std::vector<double> numbers_;
  std::vector<std::string_view> texts_;
  std::vector<Rejection> rejections_;
  std::string key_;
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> shape_of_key_;
};

// Half-open part of a batch's samples.
struct SampleRange {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t size() const { return last - first; }
};

}  // namespace millrace::time_series
