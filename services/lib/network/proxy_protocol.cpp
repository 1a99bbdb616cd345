// SPDX-License-Identifier: Apache-2.0
#include "lib/network/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace millrace::network {

namespace {

namespace ip = boost::asio::ip;
using namespace std::string_view_literals;

constexpr std::string_view kLineStart = "PROXY "sv;
constexpr std::string_view kLineEnd = "\r\n"sv;
constexpr std::size_t kMaxLineBytes = 107;  // the end included

constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kFixedBytes = 16;  // signature, version and command, family, length
// Behind them: two addresses, then two ports.
constexpr std::size_t kIpv4Bytes = 4 + 4 + 2 + 2;
constexpr std::size_t kIpv6Bytes = 16 + 16 + 2 + 2;
constexpr std::size_t kUnixBytes = 108 + 108;

// Whether `bytes`, as far as they go, begin with `start`.
bool may_begin_with(std::string_view bytes, std::string_view start) {
  return bytes.substr(0, start.size()) == start.substr(0, bytes.size());
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint16_t big_endian_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8U | byte_at(bytes, at + 1));
}

// Up to the next blank, which is taken off too.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  return port;
}

template <typename Address>
std::optional<ip::address> parse_address(std::string_view text) {
  boost::system::error_code error;
  // A string, because the C function beneath needs its end; an IPv6 scope is a matter of one host.
  Address address{};
  if constexpr (std::is_same_v<Address, ip::address_v4>) {
    address = ip::make_address_v4(std::string(text), error);
  } else {
    if (text.find('%') != std::string_view::npos) return std::nullopt;
    address = ip::make_address_v6(std::string(text), error);
  }
  if (error) return std::nullopt;
  return address;
}

// "<source> <destination> <source port> <destination port>"
template <typename Address>
std::optional<ip::tcp::endpoint> parse_ends(std::string_view rest) {
  const auto source = parse_address<Address>(take_word(rest));
  const auto destination = parse_address<Address>(take_word(rest));
  const auto source_port = parse_port(take_word(rest));
  const auto destination_port = parse_port(rest);
  if (!source || !destination || !source_port || !destination_port) return std::nullopt;
  return ip::tcp::endpoint(*source, *source_port);
}

ProxyParse parse_line(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, kMaxLineBytes);
  const std::size_t end = line.find(kLineEnd);
  if (end == std::string_view::npos) {
    if (bytes.size() >= kMaxLineBytes) return ProxyFault::kMalformed;
    return ProxyHeaderIncomplete{};
  }
  ProxyHeader header{.bytes = end + kLineEnd.size(), .source = std::nullopt};
  std::string_view rest = line.substr(kLineStart.size(), end - kLineStart.size());
  const std::string_view family = take_word(rest);
  if (family == "UNKNOWN") return header;  // whatever stands behind it
  if (family == "TCP4") header.source = parse_ends<ip::address_v4>(rest);
  if (family == "TCP6") header.source = parse_ends<ip::address_v6>(rest);
  if (!header.source) return ProxyFault::kMalformed;
  return header;
}

// How many bytes of addresses the family and protocol need; nullopt: there are none such.
std::optional<std::size_t> address_bytes(std::uint8_t family_and_protocol) {
  switch (family_and_protocol) {
    case 0x00:
      return 0;  // unspecified
    case 0x11:   // TCP over IPv4
    case 0x12:
      return kIpv4Bytes;  // UDP over IPv4
    case 0x21:
    case 0x22:
      return kIpv6Bytes;
    case 0x31:
    case 0x32:
      return kUnixBytes;
    default:
      return std::nullopt;
  }
}

template <typename Address>
ip::tcp::endpoint binary_source(std::string_view addresses) {
  typename Address::bytes_type bytes;
  std::copy_n(addresses.begin(), bytes.size(), bytes.begin());
  return {Address(bytes), big_endian_at(addresses, 2 * bytes.size())};
}

ProxyParse parse_binary(std::string_view bytes) {
  constexpr std::uint8_t kLocal = 0x20;    // version 2, the balancer's own connection
  constexpr std::uint8_t kProxied = 0x21;  // version 2, somebody's
  if (bytes.size() <= kSignature.size()) return ProxyHeaderIncomplete{};
  const std::uint8_t command = byte_at(bytes, 12);
  if (command != kLocal && command != kProxied) return ProxyFault::kMalformed;
  if (bytes.size() < kFixedBytes) return ProxyHeaderIncomplete{};
  const std::size_t rest_bytes = big_endian_at(bytes, 14);
  if (kFixedBytes + rest_bytes > kMaxProxyHeaderBytes) return ProxyFault::kTooLong;
  const std::uint8_t family_and_protocol = byte_at(bytes, 13);
  const auto needed = address_bytes(family_and_protocol);
  // The family of a local connection is to be ignored, whatever it is.
  if (command == kProxied && (!needed || *needed > rest_bytes)) return ProxyFault::kMalformed;
  if (bytes.size() < kFixedBytes + rest_bytes) return ProxyHeaderIncomplete{};

  ProxyHeader header{.bytes = kFixedBytes + rest_bytes, .source = std::nullopt};
  if (command == kLocal) return header;
  const std::string_view addresses = bytes.substr(kFixedBytes, rest_bytes);
  if (family_and_protocol == 0x11) header.source = binary_source<ip::address_v4>(addresses);
  if (family_and_protocol == 0x21) header.source = binary_source<ip::address_v6>(addresses);
  return header;
}

}  // namespace

ProxyParse parse_proxy_header(std::string_view bytes) {
  if (bytes.empty()) return ProxyHeaderIncomplete{};
  if (may_begin_with(bytes, kLineStart)) {
    if (bytes.size() < kLineStart.size()) return ProxyHeaderIncomplete{};
    return parse_line(bytes);
  }
  if (may_begin_with(bytes, kSignature)) return parse_binary(bytes);
  return ProxyFault::kMissing;
}

std::string_view name(ProxyFault fault) {
  switch (fault) {
    case ProxyFault::kMissing:
      return "missing";
    case ProxyFault::kMalformed:
      return "malformed";
    case ProxyFault::kTooLong:
      return "too_long";
  }
  return "unknown";
}

}  // namespace millrace::network
