// SPDX-License-Identifier: Apache-2.0
#include "epts/extraction.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include "epts/field_table.h"
#include "epts/number_text.h"
#include "lib/telemetry/json_number.h"

namespace millrace::epts {
namespace {

using time_series::RejectionReason;

// Nothing that a receiver accepts by any setting is deeper; the parser recurses.
constexpr int kMaxDepth = 1000;

constexpr std::array<bool, 256> kNameCharacters = [] {
  std::array<bool, 256> allowed{};
  for (unsigned char c = 'a'; c <= 'z'; ++c) allowed[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) allowed[c] = true;
  for (unsigned char c = '0'; c <= '9'; ++c) allowed[c] = true;
  allowed['_'] = allowed['-'] = true;
  return allowed;
}();

// Whether auto-extraction looks at a field: Kaa's characters, and not the name devices use for the
// time of a sample.
bool is_series_name(std::string_view name) {
  return !name.empty() && name != "timestamp" && std::all_of(name.begin(), name.end(), [](char c) {
    return kNameCharacters[static_cast<unsigned char>(c)];
  });
}

}  // namespace

// Receives RapidJSON's events. Numbers come as text: whether a double can hold them is decided
// here, and one that cannot must not end the parsing.
class Extraction::Handler {
 public:
  explicit Handler(ExtractionLimits limits) : limits_(limits), table_(limits.max_fields) {}

  absl::Status parse(std::string_view json, std::uint32_t sample_count);
  void give_empty_samples(std::size_t count);
  std::span<const ExtractedSample> samples() const { return samples_; }

  bool Null() { return scalar(); }
  bool Bool(bool) { return scalar(); }
  bool Int(int) { return scalar(); }
  bool Uint(unsigned) { return scalar(); }
  bool Int64(std::int64_t) { return scalar(); }
  bool Uint64(std::uint64_t) { return scalar(); }
  bool Double(double) { return scalar(); }
  bool String(const char*, rapidjson::SizeType, bool) { return scalar(); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    if (!is_field()) return scalar();
    number_field(blanked_ ? original_number(text) : std::string_view(text, length));
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    if (is_field()) name_ = {text, length};
    return true;
  }
  bool StartObject() {
    const bool is_sample = depth_ == sample_depth_;
    if (is_sample) begin_object();
    return open(is_sample);
  }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() {
    if (depth_ == 0) sample_depth_ = 1;
    return open(/*is_sample=*/false);
  }
  bool EndArray(rapidjson::SizeType) { return close(); }

 private:
  using Stream = rapidjson::GenericInsituStringStream<rapidjson::UTF8<>>;
  enum class FieldState : std::uint8_t { kValue, kOutOfRange, kOverwritten };
  struct Field {
    std::string_view name;
    double number = 0;
    FieldState state = FieldState::kValue;
  };
  struct Bounds {
    std::size_t first_field, last_field, first_refusal, last_refusal, begin, end;
  };

  rapidjson::ParseResult run();

  std::string_view original_number(const char* blanked) const {
    const std::string_view rest = json_.substr(static_cast<std::size_t>(blanked - text_.data()));
    return rest.substr(0, telemetry::json_number_length(rest));
  }

  bool is_field() const { return in_object_ && depth_ == sample_depth_ + 1; }

  bool scalar() {
    if (is_field()) other_field();
    return depth_ != sample_depth_ || add_sample(0, 0);
  }

  bool open(bool is_sample) {
    if (!is_sample && is_field()) other_field();
    if (depth_ == sample_depth_) in_object_ = is_sample;
    return ++depth_ <= kMaxDepth;
  }

  bool close() {
    if (--depth_ != sample_depth_) return true;
    if (!in_object_) return add_sample(0, 0);
    in_object_ = false;
    end_object();
    return add_sample(object_begin_, stream_->Tell());
  }

  bool add_sample(std::size_t begin, std::size_t end);
  void begin_object();
  void end_object();
  void number_field(std::string_view text);
  void other_field();
  void build_samples();

  const ExtractionLimits limits_;
  FieldTable table_;
  std::string text_;  // the upload, decoded in place by the parser

  // Of the parse at work.
  std::string_view json_;
  bool blanked_ = false;  // text_ has other numbers than json_
  std::size_t end_ = 0;   // where the parser stopped
  Stream* stream_ = nullptr;
  std::uint32_t sample_count_ = 0;
  int depth_ = 0;         // open arrays and objects
  int sample_depth_ = 0;  // depth_ where samples are: 1 in a batch
  // Of the sample at work.
  bool in_object_ = false;
  bool too_many_ = false;
  std::size_t object_begin_ = 0;
  std::size_t first_field_ = 0;
  std::size_t first_refusal_ = 0;
  std::string_view name_;
  std::vector<Field> object_fields_;

  std::vector<ExtractedField> fields_;
  std::vector<FieldRefusal> refusals_;
  std::vector<Bounds> bounds_;
  std::vector<ExtractedSample> samples_;
};

absl::Status Extraction::Handler::parse(std::string_view json, std::uint32_t sample_count) {
  json_ = json;
  sample_count_ = sample_count;
  text_.assign(json);
  blanked_ = false;
  rapidjson::ParseResult result = run();
  if (result.Code() == rapidjson::kParseErrorNumberTooBig) {
    // RapidJSON refuses numbers that no double holds even when it only hands their text on. Then it
    // reads a text without them, and the numbers are taken from the original.
    text_.assign(json);
    telemetry::blank_numbers(text_);
    blanked_ = true;
    result = run();
  }
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
  if (!result.IsError() && end_ != json.size()) {
    return absl::InvalidArgumentError(
        fmt::format("cannot extract from upload: not JSON at byte {}: NUL", end_));
  }
  if (result.IsError() || bounds_.size() != sample_count) {
    return absl::InvalidArgumentError(
        fmt::format("cannot extract from upload: it has {} {} samples and should have {}",
                    result.IsError() ? "more than" : "exactly", bounds_.size(), sample_count));
  }
  build_samples();
  return absl::OkStatus();
}

rapidjson::ParseResult Extraction::Handler::run() {
  depth_ = sample_depth_ = 0;
  in_object_ = false;
  first_field_ = first_refusal_ = 0;
  fields_.clear();
  refusals_.clear();
  bounds_.clear();
  samples_.clear();
  Stream stream(text_.data());
  stream_ = &stream;
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult result = rapidjson::Reader().Parse<kFlags>(stream, *this);
  end_ = stream.Tell();
  stream_ = nullptr;
  return result;
}

void Extraction::Handler::give_empty_samples(std::size_t count) {
  samples_.assign(count, ExtractedSample());
}

bool Extraction::Handler::add_sample(std::size_t begin, std::size_t end) {
  if (bounds_.size() == sample_count_) return false;
  bounds_.push_back({first_field_, fields_.size(), first_refusal_, refusals_.size(), begin, end});
  first_field_ = fields_.size();
  first_refusal_ = refusals_.size();
  return true;
}

void Extraction::Handler::begin_object() {
  object_begin_ = stream_->Tell() - 1;
  too_many_ = false;
  object_fields_.clear();
  table_.begin_sample();
}

void Extraction::Handler::end_object() {
  if (too_many_) {
    refusals_.resize(first_refusal_);
    refusals_.push_back({RejectionReason::kTooManyFields, {}});
    return;
  }
  for (const Field& field : object_fields_) {
    if (field.state == FieldState::kValue) {
      fields_.push_back({field.name, field.number});
    } else if (field.state == FieldState::kOutOfRange) {
      refusals_.push_back({RejectionReason::kNumberOutOfRange, field.name});
    }
  }
}

void Extraction::Handler::number_field(std::string_view text) {
  if (!is_series_name(name_)) return;
  if (name_.size() > limits_.max_name_bytes) {
    // One is enough: a device could send thousands.
    if (refusals_.size() == first_refusal_) {
      refusals_.push_back({RejectionReason::kNameTooLong, name_});
    }
    return;
  }
  const std::optional<std::uint32_t> known = table_.find(name_);
  if (!known && object_fields_.size() == limits_.max_fields) {
    too_many_ = true;
    return;
  }
  if (!known) {
    table_.add(name_, static_cast<std::uint32_t>(object_fields_.size()));
    object_fields_.push_back({name_});
  }
  Field& field = known ? object_fields_[*known] : object_fields_.back();
  const std::optional<double> number = parse_number(text);
  field.number = number.value_or(0);
  field.state = number ? FieldState::kValue : FieldState::kOutOfRange;
}

// A value that gives no point. Of a name given twice the last one wins, whatever it is.
void Extraction::Handler::other_field() {
  if (object_fields_.empty()) return;
  if (const auto known = table_.find(name_)) {
    object_fields_[*known].state = FieldState::kOverwritten;
  }
}

void Extraction::Handler::build_samples() {
  samples_.reserve(bounds_.size());
  const std::span<const ExtractedField> fields(fields_);
  const std::span<const FieldRefusal> refusals(refusals_);
  for (const Bounds& of : bounds_) {
    samples_.push_back({fields.subspan(of.first_field, of.last_field - of.first_field),
                        refusals.subspan(of.first_refusal, of.last_refusal - of.first_refusal),
                        json_.substr(of.begin, of.end - of.begin)});
  }
}

Extraction::Extraction(ExtractionLimits limits) : handler_(std::make_unique<Handler>(limits)) {}
Extraction::~Extraction() = default;

absl::Status Extraction::extract(std::string_view json, std::uint32_t sample_count,
                                 const configuration::v1::SeriesRules& rules) {
  if (!rules.auto_extract()) {
    // Nothing to look for. A sample takes a character at least, which bounds what a forged count
    // can ask for.
    if (sample_count > json.size()) {
      return absl::InvalidArgumentError(
          fmt::format("cannot extract from upload: {} bytes cannot hold {} samples", json.size(),
                      sample_count));
    }
    handler_->give_empty_samples(sample_count);
    return absl::OkStatus();
  }
  return handler_->parse(json, sample_count);
}

std::span<const ExtractedSample> Extraction::samples() const {
  return handler_->samples();
}

}  // namespace millrace::epts
