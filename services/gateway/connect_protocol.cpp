// SPDX-License-Identifier: Apache-2.0
#include "gateway/connect_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include "gateway/answer.h"
#include "lib/error/error.h"
#include "lib/error/retry_after.h"

namespace millrace::gateway {
namespace {

constexpr std::size_t kEnvelopeBytes = 5;
constexpr std::uint8_t kCompressed = 1;
constexpr std::uint8_t kEndOfStream = 2;
constexpr std::size_t kMaxTimeoutDigits = 10;

struct NamedContent {
  std::string_view name;
  ConnectContent content;
};
constexpr std::array<NamedContent, 4> kContents{{
    {"application/json", {Codec::kJson, false}},
    {"application/proto", {Codec::kProto, false}},
    {"application/connect+json", {Codec::kJson, true}},
    {"application/connect+proto", {Codec::kProto, true}},
}};

std::string framed(std::uint8_t flags, std::string_view message) {
  const auto length = static_cast<std::uint32_t>(message.size());
  std::string bytes;
  bytes.reserve(kEnvelopeBytes + message.size());
  bytes += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((length >> shift) & 0xff);
  bytes += message;
  return bytes;
}

std::string error_json(const absl::Status& status) {
  return fmt::format(R"({{"code":"{}","message":{}}})", connect_code(status.code()),
                     json_quoted(error::message(status)));
}

}  // namespace

std::optional<ConnectContent> connect_content(std::string_view content_type) {
  std::string name(content_type.substr(0, content_type.find(';')));
  absl::StripAsciiWhitespace(&name);
  absl::AsciiStrToLower(&name);
  for (const NamedContent& one : kContents) {
    if (one.name == name) return one.content;
  }
  return std::nullopt;
}

std::string content_type(ConnectContent content) {
  for (const NamedContent& one : kContents) {
    if (one.content.codec == content.codec && one.content.is_stream == content.is_stream) {
      return std::string(one.name);
    }
  }
  return {};
}

absl::StatusOr<std::chrono::milliseconds> connect_timeout(const http::Request& request,
                                                          std::chrono::milliseconds at_most) {
  const std::string_view text = request.headers.get("Connect-Timeout-Ms");
  if (text.empty()) return at_most;
  std::int64_t wanted = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), wanted);
  if (error != std::errc() || end != text.data() + text.size() || wanted <= 0 ||
      text.size() > kMaxTimeoutDigits) {
    return absl::InvalidArgumentError(fmt::format(
        "cannot use Connect-Timeout-Ms \"{}\"; send a positive number of milliseconds of up to {} "
        "digits",
        text, kMaxTimeoutDigits));
  }
  const std::chrono::milliseconds timeout{wanted};
  return at_most.count() == 0 ? timeout : std::min(timeout, at_most);
}

absl::Status check_connect_version(const http::Request& request) {
  const std::string_view version = request.headers.get("Connect-Protocol-Version");
  if (version.empty() || version == "1") return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "cannot speak Connect-Protocol-Version \"{}\"; this server speaks version 1", version));
}

std::string_view connect_code(absl::StatusCode code) {
  static constexpr std::array<std::string_view, 17> kNames{"ok",
                                                           "canceled",
                                                           "unknown",
                                                           "invalid_argument",
                                                           "deadline_exceeded",
                                                           "not_found",
                                                           "already_exists",
                                                           "permission_denied",
                                                           "resource_exhausted",
                                                           "failed_precondition",
                                                           "aborted",
                                                           "out_of_range",
                                                           "unimplemented",
                                                           "internal",
                                                           "unavailable",
                                                           "data_loss",
                                                           "unauthenticated"};
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : "unknown";
}

absl::StatusOr<std::string_view> enveloped_message(std::string_view body) {
  if (body.size() < kEnvelopeBytes) {
    return absl::InvalidArgumentError(fmt::format(
        "cannot read the request: it is no envelope, a byte of flags and four of length before the "
        "message; its body has {} bytes",
        body.size()));
  }
  const auto flags = static_cast<std::uint8_t>(body[0]);
  std::uint32_t length = 0;
  for (const char byte : body.substr(1, 4)) length = length << 8 | static_cast<std::uint8_t>(byte);
  const std::string_view message = body.substr(kEnvelopeBytes);
  if ((flags & kCompressed) != 0) {
    return absl::UnimplementedError(
        "cannot read the request: its message is compressed; send it as it is");
  }
  if (flags != 0) {
    return absl::InvalidArgumentError(fmt::format(
        "cannot read the request: its first envelope has the flags {}; 0 is the message's", flags));
  }
  if (length != message.size()) {
    return absl::InvalidArgumentError(fmt::format(
        "cannot read the request: its envelope announces {} bytes and {} follow; send one message",
        length, message.size()));
  }
  return message;
}

std::string envelope(std::string_view message) {
  return framed(0, message);
}

std::string end_of_stream(const absl::Status& status, const rpc::Metadata& trailers) {
  std::string json;
  if (!status.ok()) json = fmt::format(R"("error":{})", error_json(status));
  std::string metadata;
  for (const auto& [name, value] : trailers) {
    metadata += fmt::format("{}{}:[{}]", metadata.empty() ? "" : ",", json_quoted(name),
                            json_quoted(value));
  }
  if (!metadata.empty()) {
    json += fmt::format(R"({}"metadata":{{{}}})", json.empty() ? "" : ",", metadata);
  }
  return framed(kEndOfStream, fmt::format("{{{}}}", json));
}

http::Response connect_error(const absl::Status& status, const rpc::Metadata& trailers,
                             std::optional<int> http_status) {
  http::Response response;
  response.status = http_status.value_or(gateway::http_status(status.code()));
  response.content_type = "application/json";
  response.body = error_json(status);
  if (const auto wait = error::retry_after(status)) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait);
    response.headers.add("Retry-After",
                         fmt::format("{}", std::max<std::int64_t>(1, seconds.count())));
  } else if (status.code() == absl::StatusCode::kUnavailable) {
    response.headers.add("Retry-After", "1");
  }
  if (status.code() == absl::StatusCode::kUnauthenticated) {
    response.headers.add("WWW-Authenticate", "Bearer");
  }
  add_trailers(trailers, response);
  return response;
}

void add_trailers(const rpc::Metadata& trailers, http::Response& response) {
  for (const auto& [name, value] : trailers) {
    response.headers.add(fmt::format("trailer-{}", name), value);
  }
}

}  // namespace millrace::gateway
