// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/jetstream_api.h"

#include <utility>

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "lib/error/error.h"

namespace millrace::bus::jetstream {
namespace {

// Making a stream with replicas takes the server a while; losing the connection ends the wait.
constexpr std::chrono::seconds kTimeout{5};

constexpr std::int64_t kServiceUnavailable = 503;
constexpr std::int64_t kTimedOut = 408;

absl::Status status_of(const rapidjson::Value& error) {
  const std::string cause = fmt::format("JetStream answered {} ({})", text_of(error, "description"),
                                        integer_of(error, "err_code", 0));
  const std::int64_t code = integer_of(error, "code", 0);
  const bool may_work_later = code == kServiceUnavailable || code == kTimedOut ||
                              integer_of(error, "err_code", 0) == kNoSuitablePeers;
  if (may_work_later) return absl::UnavailableError(cause);
  return absl::FailedPreconditionError(cause);
}

}  // namespace

std::int64_t integer_of(const rapidjson::Value& object, const char* name, std::int64_t fallback) {
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsInt64() ? member->value.GetInt64()
                                                                 : fallback;
}

std::string text_of(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsString()) return "";
  return {member->value.GetString(), member->value.GetStringLength()};
}

std::string to_json(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

absl::StatusOr<Answer> parse_answer(std::string_view json) {
  Answer answer;
  answer.body.Parse(json.data(), json.size());
  if (answer.body.HasParseError() || !answer.body.IsObject()) {
    return absl::InternalError(fmt::format(
        "cannot read JetStream's answer '{}': it is no JSON object", json.substr(0, 64)));
  }
  // As a constant: RapidJSON's other iterators do not compare under C++20 without a warning.
  const rapidjson::Value& body = answer.body;
  const auto error = body.FindMember("error");
  if (error != body.MemberEnd() && error->value.IsObject()) {
    answer.error_number = static_cast<int>(integer_of(error->value, "err_code", -1));
    answer.error = status_of(error->value);
  }
  return answer;
}

absl::StatusOr<Answer> ask(Connection& connection, const std::string& call,
                           const std::string& request) {
  const auto reply = connection.request("$JS.API." + call, request, kTimeout);
  if (!reply.ok()) {
    return absl::UnavailableError("cannot ask JetStream: " + error::message(reply.status()));
  }
  return parse_answer(*reply);
}

}  // namespace millrace::bus::jetstream
