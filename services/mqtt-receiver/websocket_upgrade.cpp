// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/websocket_upgrade.h"

#include <array>
#include <utility>  // Asio 1.74 needs it before its own headers in C++20

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

namespace millrace::mqtt_receiver {

namespace {

namespace http = boost::beast::http;
using Request = http::request<http::empty_body>;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// `headers`: whole lines.
UpgradeAnswer refuse(std::string_view status, std::string_view headers, std::string_view sentence) {
  return {.response = fmt::format("HTTP/1.1 {}\r\n{}Connection: {}close\r\nContent-Type: "
                                  "text/plain\r\nContent-Length: {}\r\n\r\n{}\n",
                                  status, headers, headers.find("Upgrade:") == 0 ? "upgrade, " : "",
                                  sentence.size() + 1, sentence),
          .refusal = std::string(sentence)};
}

// Whether one of the lists under `field` has the token, upper or lower case.
bool has_token(const Request& request, http::field field, const char* token) {
  const auto [begin, end] = request.equal_range(field);
  for (auto line = begin; line != end; ++line) {
    if (http::token_list(line->value()).exists(token)) return true;
  }
  return false;
}

// 16 bytes in base 64: 22 characters of it and two of padding.
bool is_key(std::string_view key) {
  std::array<unsigned char, 18> decoded{};
  return key.size() == 24 && key.ends_with("==") && key[21] != '=' &&
         EVP_DecodeBlock(decoded.data(), reinterpret_cast<const unsigned char*>(key.data()),
                         static_cast<int>(key.size())) == static_cast<int>(decoded.size());
}

// RFC 6455, 4.2.2: proves that the request was read by something that knows what it means.
std::string accept_text(std::string_view key) {
  std::string hashed(key);
  hashed += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  EVP_Digest(hashed.data(), hashed.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<unsigned char, 29> text{};  // and the end of a C string
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(text.data()), text.size() - 1};
}

// "mqtt" rather than the older name; empty: neither is offered.
std::string_view choose_subprotocol(const Request& request) {
  for (const char* name : {"mqtt", "mqttv3.1"}) {
    if (has_token(request, http::field::sec_websocket_protocol, name)) return name;
  }
  return {};
}

UpgradeAnswer answer(const Request& request) {
  const std::string_view target = view(request.target());
  if (target.substr(0, target.find('?')) != kWebSocketPath) {
    return refuse("404 Not Found", "", "MQTT over WebSocket is at the path /ws");
  }
  if (request.method() != http::verb::get) {
    return refuse("405 Method Not Allowed", "Allow: GET\r\n", "a WebSocket begins with GET");
  }
  if (request.version() != 11 || request[http::field::host].empty()) {
    return refuse("400 Bad Request", "", "a WebSocket needs HTTP/1.1 and the header Host");
  }
  if (!has_token(request, http::field::upgrade, "websocket") ||
      !has_token(request, http::field::connection, "upgrade")) {
    return refuse("426 Upgrade Required", "Upgrade: websocket\r\n",
                  "this port speaks MQTT over WebSocket: send Upgrade: websocket");
  }
  if (request[http::field::sec_websocket_version] != "13") {
    return refuse("426 Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
                  "the version of WebSocket must be 13");
  }
  const std::string_view key = view(request[http::field::sec_websocket_key]);
  if (!is_key(key)) {
    return refuse("400 Bad Request", "", "Sec-WebSocket-Key must be 16 bytes in base 64");
  }
  const std::string_view subprotocol = choose_subprotocol(request);
  if (subprotocol.empty()) {
    return refuse("400 Bad Request", "", "Sec-WebSocket-Protocol must offer the subprotocol mqtt");
  }
  return {.response = fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n"
                                  "Sec-WebSocket-Protocol: {}\r\n\r\n",
                                  accept_text(key), subprotocol)};
}

}  // namespace

std::optional<UpgradeAnswer> answer_upgrade(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  // A device that speaks MQTT, or TLS, at this port is told so at once.
  const bool is_http = bytes[0] >= 'A' && bytes[0] <= 'Z';
  if (!is_http) return refuse("400 Bad Request", "", "these bytes are no HTTP");
  const std::size_t end = bytes.substr(0, kMaxUpgradeHeadBytes).find(kHeadEnd);
  if (end == std::string_view::npos) {
    if (bytes.size() < kMaxUpgradeHeadBytes) return std::nullopt;
    return refuse("431 Request Header Fields Too Large", "",
                  "the head of the request has more than 8192 bytes");
  }
  const std::size_t head_bytes = end + kHeadEnd.size();
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kMaxUpgradeHeadBytes);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes.data(), head_bytes), error);
  if (!parser.is_header_done()) return refuse("400 Bad Request", "", "these bytes are no HTTP");
  UpgradeAnswer answered = answer(parser.get());
  answered.head_bytes = head_bytes;
  return answered;
}

}  // namespace millrace::mqtt_receiver
