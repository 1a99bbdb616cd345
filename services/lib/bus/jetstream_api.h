// SPDX-License-Identifier: Apache-2.0
//
// JetStream's administration over requests with JSON: $JS.API.… The answers carry either what was
// asked for or {"error":{"code":…,"err_code":…,"description":…}}. nats.c has calls for it, but
// drops the settings of a stream that it does not know when one is changed.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>
#include <rapidjson/document.h>

#include "lib/bus/connection.h"

namespace millrace::bus::jetstream {

// err_code of the answers this suite tells apart.
inline constexpr int kConsumerNotFound = 10014;
inline constexpr int kNoMessageFound = 10037;
inline constexpr int kStreamNotFound = 10059;
inline constexpr int kStreamExistsOtherwise = 10058;  // same name, another configuration
inline constexpr int kConsumerExistsOtherwise = 10148;
inline constexpr int kConsumerNameExists = 10013;
// A cluster's code is 400, but nodes that have just found their leader are not known to it yet, and
// one that is away comes back.
inline constexpr int kNoSuitablePeers = 10005;

struct Answer {
  int error_number = 0;  // 0: no error
  absl::Status error;    // OK without; kUnavailable: the same may work later
  rapidjson::Document body;
};

// kInternal: no JSON object.
absl::StatusOr<Answer> parse_answer(std::string_view json);

// Asks $JS.API.<call>. kUnavailable: JetStream or the server is away (also no answer in time).
// Errors JetStream answers are in the Answer.
absl::StatusOr<Answer> ask(Connection& connection, const std::string& call,
                           const std::string& request);

std::string to_json(const rapidjson::Value& value);

// Members of an object; the fallback when missing or of another type.
std::int64_t integer_of(const rapidjson::Value& object, const char* name, std::int64_t fallback);
std::string text_of(const rapidjson::Value& object, const char* name);

}  // namespace millrace::bus::jetstream
