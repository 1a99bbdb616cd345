// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/sample_json.h"

#include <string>

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "lib/telemetry/json_number.h"

namespace millrace::telemetry {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// Bodies up to here are copied to memory that the thread keeps.
constexpr std::size_t kKeptBytes = 64U << 10U;
constexpr std::string_view kHalfSurrogate =
    "a \\u escape in a string is half of a surrogate pair; send both halves";

// Counts the samples and refuses what is over a limit. RapidJSON asks it before it goes down a
// level, so that its recursion never gets deeper than max_depth.
class SampleCounter {
 public:
  enum class Fault { kNone, kTooDeep, kTooManySamples, kLoneSurrogate };

  // `plain`: there is nothing in the text that could make a string bad Unicode.
  SampleCounter(const SampleLimits& limits, bool plain) : limits_(limits), plain_(plain) {}

  bool Null() { return value(); }
  bool Bool(bool) { return value(); }
  bool Int(int) { return value(); }
  bool Uint(unsigned) { return value(); }
  bool Int64(std::int64_t) { return value(); }
  bool Uint64(std::uint64_t) { return value(); }
  bool Double(double) { return value(); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return value(); }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return is_unicode({text, length}) && value();
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    return is_unicode({text, length});
  }
  bool StartObject() { return value() && enter(); }
  bool EndObject(rapidjson::SizeType) { return leave(); }
  bool StartArray() {
    if (depth_ == 0) {
      batch_ = true;
      return enter();
    }
    return value() && enter();
  }
  bool EndArray(rapidjson::SizeType) { return leave(); }

  Fault fault() const { return fault_; }
  std::uint32_t samples() const { return samples_; }

 private:
  // RapidJSON 1.1 takes "\udc00" without its other half and decodes it to ED B0 80, which is not
  // UTF-8 and which no column of PostgreSQL takes. Its own check covers unescaped bytes only.
  bool is_unicode(std::string_view text) {
    if (plain_) return true;
    for (std::size_t at = text.find('\xED'); at != std::string_view::npos;
         at = text.find('\xED', at + 1)) {
      if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) {
        fault_ = Fault::kLoneSurrogate;
        return false;
      }
    }
    return true;
  }
  bool value() {
    const std::size_t sample_depth = batch_ ? 1 : 0;
    if (depth_ != sample_depth) return true;
    if (samples_ == limits_.max_samples) {
      fault_ = Fault::kTooManySamples;
      return false;
    }
    ++samples_;
    return true;
  }
  bool enter() {
    if (depth_ == limits_.max_depth) {
      fault_ = Fault::kTooDeep;
      return false;
    }
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }

  SampleLimits limits_;
  bool plain_;
  std::size_t depth_ = 0;
  std::uint32_t samples_ = 0;
  bool batch_ = false;
  Fault fault_ = Fault::kNone;
};

// `offset` counts the body's bytes from 0, its byte order mark included.
absl::Status not_json(std::size_t offset, std::string_view what) {
  return absl::InvalidArgumentError(
      fmt::format("cannot read the body as JSON: byte {}: {}", offset, what));
}

std::string_view describe(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
      return "nothing there; send one JSON value, or an array of several samples";
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return "more text after the value; put several samples into an array";
    case rapidjson::kParseErrorValueInvalid:
      return "not a JSON value; NaN, Infinity, single quotes and bare words are not JSON";
    case rapidjson::kParseErrorStringInvalidEncoding:
      return "a string holds bytes that are not UTF-8; encode it";
    case rapidjson::kParseErrorStringEscapeInvalid:
      return "a string holds an unknown escape or a control character; write it as \\u00XX";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return kHalfSurrogate;
    case rapidjson::kParseErrorNumberTooBig:
      return "not a JSON number";
    default:
      return rapidjson::GetParseError_En(code);
  }
}

struct Walk {
  SampleCounter counter;
  rapidjson::ParseResult result;
  std::size_t end = 0;  // where it stopped
};

// ASCII without escapes, as nearly every device sends it. A loop without a branch: the compiler
// makes it look at many bytes at a time.
bool is_plain(std::string_view json) {
  unsigned bits = 0;
  unsigned escapes = 0;
  for (const char byte : json) {
    bits |= static_cast<unsigned char>(byte);
    escapes |= static_cast<unsigned>(byte == '\\');
  }
  return bits < 0x80 && escapes == 0;
}

template <unsigned kFlags, class Stream>
Walk walk_stream(Stream& stream, const SampleLimits& limits) {
  const bool plain = (kFlags & rapidjson::kParseValidateEncodingFlag) == 0;
  Walk walk{SampleCounter(limits, plain), {}, 0};
  rapidjson::Reader reader;
  walk.result = reader.Parse<kFlags | rapidjson::kParseNumbersAsStringsFlag>(stream, walk.counter);
  walk.end = stream.Tell();
  return walk;
}

Walk walk(std::string_view json, const SampleLimits& limits) {
  if (!is_plain(json)) {
    rapidjson::MemoryStream stream(json.data(), json.size());
    return walk_stream<rapidjson::kParseValidateEncodingFlag>(stream, limits);
  }
  // In place, in a copy: RapidJSON else copies each string and each number, byte by byte.
  thread_local std::string kept;
  std::string large;
  std::string& copy = json.size() <= kKeptBytes ? kept : large;
  copy.assign(json);
  rapidjson::InsituStringStream stream(copy.data());
  return walk_stream<rapidjson::kParseInsituFlag>(stream, limits);
}

// `json` is the part of `body` that was walked.
absl::Status status_of(const Walk& walk, std::string_view json, std::string_view body,
                       const SampleLimits& limits) {
  const std::size_t mark_bytes = body.size() - json.size();
  switch (walk.counter.fault()) {
    case SampleCounter::Fault::kTooDeep:
      return absl::InvalidArgumentError(
          fmt::format("cannot take the body: byte {}: arrays and objects nested deeper than {} "
                      "levels; send flatter samples",
                      mark_bytes + walk.end, limits.max_depth));
    case SampleCounter::Fault::kTooManySamples:
      return absl::ResourceExhaustedError(
          fmt::format("cannot take the body: more than {} samples; send them in several uploads",
                      limits.max_samples));
    case SampleCounter::Fault::kLoneSurrogate:
      return not_json(mark_bytes + walk.end, kHalfSurrogate);
    case SampleCounter::Fault::kNone:
      break;
  }
  if (walk.result.IsError()) {
    return not_json(mark_bytes + walk.result.Offset(), describe(walk.result.Code()));
  }
  // RapidJSON takes a NUL byte for the end of the text.
  if (walk.end != json.size()) return not_json(mark_bytes + walk.end, "a NUL byte; remove it");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CheckedUpload> check_upload(std::string_view body, const SampleLimits& limits) {
  CheckedUpload upload{body, 0};
  if (body.starts_with(kByteOrderMark)) upload.json.remove_prefix(kByteOrderMark.size());
  Walk walked = walk(upload.json, limits);
  if (walked.result.Code() == rapidjson::kParseErrorNumberTooBig) {
    // RapidJSON refuses numbers that no double holds even when it only hands their text on. The
    // grammar of all numbers is checked here then, and the rest by a second walk.
    std::string without_numbers(upload.json);
    blank_numbers(without_numbers);
    walked = walk(without_numbers, limits);
  }
  if (absl::Status status = status_of(walked, upload.json, body, limits); !status.ok())
    return status;
  upload.sample_count = walked.counter.samples();
  return upload;
}

}  // namespace millrace::telemetry
