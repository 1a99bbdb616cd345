// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/puback.h"

#include <array>
#include <string>

#include <fmt/format.h>
#include <rapidjson/document.h>

namespace millrace::bus {
namespace {

// JetStream's error numbers (err_code), stable across versions.
constexpr int kAccountResourcesExceeded = 10002;
constexpr int kInsufficientResources = 10023;
constexpr int kMemoryResourcesExceeded = 10028;
constexpr int kStorageResourcesExceeded = 10047;
constexpr int kStoreFailed = 10077;  // its description is the store's own error

// A repeat came while the message itself is being replicated (nats-server 2.12 and later, in a
// cluster): it is in the stream soon, or is not, which the next repeat finds out.
constexpr int kDuplicateInProcess = 10158;

constexpr int kServiceUnavailable = 503;
constexpr int kInternalServerError = 500;

// Ends the description when the disk of nats-server, or its share of one, is full.
constexpr std::array<std::string_view, 2> kDiskFull = {"no space left on device",
                                                       "disk quota exceeded"};

bool is_disk_full(int error_number, std::string_view description) {
  if (error_number != kStoreFailed) return false;
  for (const std::string_view text : kDiskFull) {
    if (description.ends_with(text)) return true;
  }
  return false;
}

bool is_full(int error_number, std::string_view description) {
  switch (error_number) {
    case kAccountResourcesExceeded:
    case kInsufficientResources:
    case kMemoryResourcesExceeded:
    case kStorageResourcesExceeded:
      return true;
    default:
      break;
  }
  constexpr std::array<std::string_view, 3> kFull = {"maximum bytes exceeded",
                                                     "maximum messages exceeded",
                                                     "maximum messages per subject exceeded"};
  if (error_number != kStoreFailed) return false;
  for (const std::string_view text : kFull) {
    if (description == text) return true;
  }
  return false;
}

int int_member(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsInt() ? member->value.GetInt() : 0;
}

PubAck from_error(const rapidjson::Value& error) {
  const int code = int_member(error, "code");
  const int number = int_member(error, "err_code");
  const auto text = error.FindMember("description");
  const std::string description = text != error.MemberEnd() && text->value.IsString()
                                      ? text->value.GetString()
                                      : "no description";
  const std::string cause = fmt::format("JetStream answered {} ({})", description, number);
  if (is_full(number, description)) {
    return {PubAck::Verdict::kStreamFull, 0,
            absl::ResourceExhaustedError(
                fmt::format("cannot store a message: {}; consumers must catch up or the stream's "
                            "max_bytes be raised",
                            cause))};
  }
  if (is_disk_full(number, description)) {
    return {PubAck::Verdict::kStreamFull, 0,
            absl::ResourceExhaustedError(fmt::format(
                "cannot store a message: {}; make room on the disk of nats-server", cause))};
  }
  if (code == kServiceUnavailable || code == kInternalServerError || number == kStoreFailed ||
      number == kDuplicateInProcess) {
    return {PubAck::Verdict::kTryAgain, 0,
            absl::UnavailableError(fmt::format("cannot store a message: {}", cause))};
  }
  return {PubAck::Verdict::kRefused, 0,
          absl::FailedPreconditionError(fmt::format("cannot store a message: {}", cause))};
}

}  // namespace

PubAck parse_puback(std::string_view json) {
  rapidjson::Document parsed;
  parsed.Parse(json.data(), json.size());
  if (parsed.HasParseError() || !parsed.IsObject()) {
    return {PubAck::Verdict::kTryAgain, 0,
            absl::UnavailableError(fmt::format(
                "cannot read the acknowledgement '{}': it is no JSON object; somebody else than "
                "JetStream answered",
                json.substr(0, 64)))};
  }
  // As a constant: RapidJSON's other iterators do not compare under C++20 without a warning.
  const rapidjson::Value& document = parsed;
  const auto error = document.FindMember("error");
  if (error != document.MemberEnd() && error->value.IsObject()) return from_error(error->value);
  const auto sequence = document.FindMember("seq");
  if (sequence == document.MemberEnd() || !sequence->value.IsUint64()) {
    return {PubAck::Verdict::kTryAgain, 0,
            absl::UnavailableError("cannot read the acknowledgement: it has no field 'seq'; "
                                   "somebody else than JetStream answered")};
  }
  const auto duplicate = document.FindMember("duplicate");
  const bool repeated =
      duplicate != document.MemberEnd() && duplicate->value.IsBool() && duplicate->value.GetBool();
  return {repeated ? PubAck::Verdict::kDuplicate : PubAck::Verdict::kStored,
          sequence->value.GetUint64(), absl::OkStatus()};
}

}  // namespace millrace::bus
