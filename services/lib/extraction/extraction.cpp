// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/extraction.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include "lib/extraction/extracted_upload.h"
#include "lib/extraction/sample_taker.h"
#include "lib/extraction/text_arena.h"
#include "lib/telemetry/json_number.h"

namespace millrace::extraction {
namespace {

using Kind = FoundValue::Kind;

// Nothing that a receiver accepts by any setting is deeper; the parser recurses.
constexpr int kMaxDepth = 1000;
// Of a container that no path leads into: no event is at such a depth.
constexpr int kNowhere = -1;

}  // namespace

// Receives RapidJSON's events. Numbers come as text: whether a double can hold them is decided
// later, and one that cannot must not end the parsing.
//
// Followed are samples that are objects, and within them what a path of the rules leads into; of
// everything else only the depth is counted.
class Extraction::Handler {
 public:
  explicit Handler(ExtractionLimits limits) : taker_(limits) {}

  absl::Status parse(std::string_view json, std::uint32_t sample_count, const CompiledRules& rules);
  ExtractedUpload& upload() { return upload_; }
  void release_texts() {
    texts_.clear();
    has_copy_ = false;
  }

  bool Null() { return literal({Kind::kNull}, 4); }
  bool Bool(bool value) { return literal({Kind::kBoolean, value}, value ? 4 : 5); }
  bool Int(int) { return true; }
  bool Uint(unsigned) { return true; }
  bool Int64(std::int64_t) { return true; }
  bool Uint64(std::uint64_t) { return true; }
  bool Double(double) { return true; }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    if (depth_ != followed_depth_) return scalar_elsewhere();
    const std::size_t offset = offset_of(text);
    meet({Kind::kNumber, false, offset, blanked_ ? original_number(offset) : view(text, length)});
    return true;
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    if (depth_ != followed_depth_) return scalar_elsewhere();
    meet({Kind::kString, false, offset_of(text) - 1, view(text, length)});
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    if (depth_ != followed_depth_) return true;
    name_ = view(text, length);
    const PathTrie::Node within = followed_.back().node;
    next_ = rules_->paths().has_members(within) ? rules_->paths().member(within, name_)
                                                : PathTrie::kNone;
    return true;
  }
  bool StartObject() {
    if (depth_ == sample_depth_) {
      begin_object();
    } else if (depth_ == followed_depth_) {
      const PathTrie::Node node = meet({Kind::kObject, false, stream_->Tell() - 1});
      if (node != PathTrie::kNone && rules_->paths().has_members(node))
        follow(node, /*is_array=*/false);
    }
    return ++depth_ <= kMaxDepth;
  }
  bool StartArray() {
    if (depth_ == 0) {
      sample_depth_ = 1;
    } else if (depth_ == followed_depth_) {
      const PathTrie::Node node = meet({Kind::kArray, false, stream_->Tell() - 1});
      if (node != PathTrie::kNone && rules_->paths().has_elements(node))
        follow(node, /*is_array=*/true);
    }
    return ++depth_ <= kMaxDepth;
  }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

 private:
  using Stream = rapidjson::GenericInsituStringStream<rapidjson::UTF8<>>;
  // An open object or array that paths lead into.
  struct Followed {
    PathTrie::Node node = PathTrie::kRoot;
    int depth = 0;  // of what it holds
    bool is_array = false;
    std::uint32_t index = 0;        // of the next element
    std::size_t next_of_paths = 0;  // the first of the paths' elements that may still come
  };

  static std::string_view view(const char* text, std::size_t length) { return {text, length}; }
  std::size_t offset_of(const char* text) const { return static_cast<std::size_t>(text - text_); }
  std::string_view original_number(std::size_t offset) const {
    const std::string_view rest = json_.substr(offset);
    return rest.substr(0, telemetry::json_number_length(rest));
  }

  rapidjson::ParseResult run();
  absl::Status status_of(const rapidjson::ParseResult& result) const;

  bool literal(FoundValue value, std::size_t length) {
    if (depth_ != followed_depth_) return scalar_elsewhere();
    value.offset = stream_->Tell() - length;
    meet(value);
    return true;
  }
  bool scalar_elsewhere() { return depth_ != sample_depth_ || end_sample(0, 0); }

  // A value in what is followed. Returns where paths have it.
  PathTrie::Node meet(const FoundValue& value) {
    Followed& within = followed_.back();
    const PathTrie::Node node = within.is_array ? next_element(within) : next_;
    if (within.node == PathTrie::kRoot && (node == PathTrie::kNone || !rules_->is_excluded(node))) {
      taker_.add_field(name_, value);
    }
    if (node != PathTrie::kNone) taker_.found().set(node, value);
    return node;
  }
  PathTrie::Node next_element(Followed& within) {
    const auto elements = rules_->paths().elements(within.node);
    const std::uint32_t index = within.index++;
    if (within.next_of_paths == elements.size() || elements[within.next_of_paths].index != index) {
      return PathTrie::kNone;
    }
    return elements[within.next_of_paths++].node;
  }
  void follow(PathTrie::Node node, bool is_array) {
    followed_depth_ = depth_ + 1;
    followed_.push_back({node, followed_depth_, is_array});
  }
  bool close() {
    if (depth_-- == followed_depth_) {
      followed_.pop_back();
      followed_depth_ = followed_.empty() ? kNowhere : followed_.back().depth;
    }
    if (depth_ != sample_depth_) return true;
    if (!in_object_) return end_sample(0, 0);
    in_object_ = false;
    if (upload_.sample_count() == sample_count_) return false;
    taker_.take(json_, upload_);
    return end_sample(object_begin_, stream_->Tell());
  }
  void begin_object() {
    in_object_ = true;
    object_begin_ = stream_->Tell() - 1;
    taker_.begin(*rules_);
    follow(PathTrie::kRoot, /*is_array=*/false);
  }
  bool end_sample(std::size_t begin, std::size_t end) {
    if (upload_.sample_count() == sample_count_) return false;
    upload_.end_sample(begin, end);
    return true;
  }

  SampleTaker taker_;
  ExtractedUpload upload_;
  TextArena texts_;
  bool has_copy_ = false;  // of the upload before

  // Of the parse at work.
  const CompiledRules* rules_ = nullptr;
  std::string_view json_;
  char* text_ = nullptr;  // the upload, decoded in place by the parser
  bool blanked_ = false;  // text_ has other numbers than json_
  std::size_t end_ = 0;   // where the parser stopped
  Stream* stream_ = nullptr;
  std::uint32_t sample_count_ = 0;
  int depth_ = 0;                   // open arrays and objects
  int sample_depth_ = 0;            // depth_ where samples are: 1 in a batch
  int followed_depth_ = kNowhere;   // depth_ of what is in followed_.back()
  std::vector<Followed> followed_;  // as deep as the longest path at most
  // Of the sample at work.
  bool in_object_ = false;
  std::size_t object_begin_ = 0;
  std::string_view name_;                  // of the member that comes next
  PathTrie::Node next_ = PathTrie::kNone;  // where paths have it
};

absl::Status Extraction::Handler::parse(std::string_view json, std::uint32_t sample_count,
                                        const CompiledRules& rules) {
  // Nobody holds a string of the upload before.
  if (has_copy_ && !upload_.has_texts()) texts_.drop_last();
  json_ = json;
  sample_count_ = sample_count;
  rules_ = &rules;
  text_ = texts_.copy(json);
  has_copy_ = true;
  blanked_ = false;
  rapidjson::ParseResult result = run();
  if (result.Code() == rapidjson::kParseErrorNumberTooBig) {
    // RapidJSON refuses numbers that no double holds even when it only hands their text on. Then it
    // reads a text without them, and the numbers are taken from the original.
    std::string without_numbers(json);
    telemetry::blank_numbers(without_numbers);
    std::copy(without_numbers.begin(), without_numbers.end(), text_);
    blanked_ = true;
    result = run();
  }
  absl::Status status = status_of(result);
  if (status.ok()) upload_.build(json);
  return status;
}

absl::Status Extraction::Handler::status_of(const rapidjson::ParseResult& result) const {
  if (result.IsError() && result.Code() != rapidjson::kParseErrorTermination) {
    return absl::InvalidArgumentError(
        fmt::format("cannot extract from upload: not JSON at byte {}: {}", result.Offset(),
                    rapidjson::GetParseError_En(result.Code())));
  }
  if (depth_ > kMaxDepth) {
    return absl::InvalidArgumentError(
        fmt::format("cannot extract from upload: nested more than {} levels deep", kMaxDepth));
  }
  // Text behind a NUL is invisible to the parser.
  if (!result.IsError() && end_ != json_.size()) {
    return absl::InvalidArgumentError(
        fmt::format("cannot extract from upload: not JSON at byte {}: NUL", end_));
  }
  if (result.IsError() || upload_.sample_count() != sample_count_) {
    return absl::InvalidArgumentError(fmt::format(
        "cannot extract from upload: it has {} {} samples and should have {}",
        result.IsError() ? "more than" : "exactly", upload_.sample_count(), sample_count_));
  }
  return absl::OkStatus();
}

rapidjson::ParseResult Extraction::Handler::run() {
  depth_ = sample_depth_ = 0;
  followed_.clear();
  followed_depth_ = kNowhere;
  in_object_ = false;
  upload_.clear();
  Stream stream(text_);
  stream_ = &stream;
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult result = rapidjson::Reader().Parse<kFlags>(stream, *this);
  end_ = stream.Tell();
  stream_ = nullptr;
  return result;
}

Extraction::Extraction(ExtractionLimits limits) : handler_(std::make_unique<Handler>(limits)) {}
Extraction::~Extraction() = default;

absl::Status Extraction::extract(std::string_view json, std::uint32_t sample_count,
                                 const CompiledRules& rules) {
  if (rules.take_nothing()) {
    // Nothing to look for. A sample takes a character at least, which bounds what a forged count
    // can ask for.
    if (sample_count > json.size()) {
      return absl::InvalidArgumentError(
          fmt::format("cannot extract from upload: {} bytes cannot hold {} samples", json.size(),
                      sample_count));
    }
    handler_->upload().build_empty(sample_count);
    return absl::OkStatus();
  }
  return handler_->parse(json, sample_count, rules);
}

std::span<const ExtractedSample> Extraction::samples() const {
  return handler_->upload().samples();
}

void Extraction::release_texts() {
  handler_->release_texts();
}

}  // namespace millrace::extraction
