// SPDX-License-Identifier: Apache-2.0
//
// The Connect protocol (https://connectrpc.com/docs/protocol), as far as it needs no call: what a
// request says of itself, and the forms of answers. Pure.
//
//   unary    a POST; body and answer are one message, errors are JSON with a status of HTTP
//   stream   always 200; body and answer are envelopes: a byte of flags, four bytes of length, most
//            significant first, a message. The last one has the flag 2 and holds error and trailers
//            as JSON
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "lib/http/message.h"
#include "lib/rpc/generic_call.h"

namespace millrace::gateway {

enum class Codec { kJson, kProto };

struct ConnectContent {
  Codec codec = Codec::kJson;
  bool is_stream = false;
};

// Of Content-Type; nothing: none of the protocol's.
std::optional<ConnectContent> connect_content(std::string_view content_type);
// The other way.
std::string content_type(ConnectContent content);

// `Connect-Timeout-Ms`, at most `at_most`; `at_most` zero: no limit, and zero where there is none.
// kInvalidArgument: no positive number of up to ten digits.
absl::StatusOr<std::chrono::milliseconds> connect_timeout(const http::Request& request,
                                                          std::chrono::milliseconds at_most);
// kInvalidArgument: another version than 1. A request may leave it out, as curl does.
absl::Status check_connect_version(const http::Request& request);

// The protocol's name of a code: invalid_argument.
std::string_view connect_code(absl::StatusCode code);

// The message in the one envelope of a stream's request. kInvalidArgument says what is wrong;
// kUnimplemented: it is compressed.
absl::StatusOr<std::string_view> enveloped_message(std::string_view body);
std::string envelope(std::string_view message);
// The last envelope.
std::string end_of_stream(const absl::Status& status, const rpc::Metadata& trailers);

// An error of a unary call: the code's status of HTTP, or `http_status` where given.
http::Response connect_error(const absl::Status& status, const rpc::Metadata& trailers = {},
                             std::optional<int> http_status = std::nullopt);
// Trailers of a unary answer are headers `trailer-<name>`.
void add_trailers(const rpc::Metadata& trailers, http::Response& response);

}  // namespace millrace::gateway
