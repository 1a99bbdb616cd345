// SPDX-License-Identifier: Apache-2.0
#include "lib/network/proxy_protocol.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millrace::network {
namespace {

using namespace std::string_literals;

// What a parse found, in words: "more", a fault's name, "local after N" or "address:port after N".
std::string outcome(std::string_view bytes) {
  const ProxyParse parse = parse_proxy_header(bytes);
  if (std::holds_alternative<ProxyHeaderIncomplete>(parse)) return "more";
  if (const auto* fault = std::get_if<ProxyFault>(&parse)) return std::string(name(*fault));
  const auto& header = std::get<ProxyHeader>(parse);
  const std::string after = " after " + std::to_string(header.bytes);
  if (!header.source) return "local" + after;
  return header.source->address().to_string() + ":" + std::to_string(header.source->port()) + after;
}

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string kIpv4Ends = "\xC0\x00\x02\x01\x0A\x00\x00\x02\x30\x39\x07\x5B"s;
const std::string kIpv6Ends = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01" +
                              std::string(15, '\0') + "\x01\x30\x39\x07\x5B";

// `length`: what the header claims; its bytes follow.
std::string binary(char command, char family, const std::string& rest, std::size_t length) {
  return kSignature + command + family + static_cast<char>(length >> 8U) +
         static_cast<char>(length & 0xFFU) + rest;
}
std::string binary(char command, char family, const std::string& rest) {
  return binary(command, family, rest, rest.size());
}

TEST(ProxyProtocol, EveryHeaderIsTakenApart) {
  struct Row {
    std::string bytes;
    std::string outcome;
  };
  const std::vector<Row> rows = {
      {"PROXY TCP4 192.0.2.1 10.0.0.2 12345 1883\r\n", "192.0.2.1:12345 after 42"},
      {"PROXY TCP4 192.0.2.1 10.0.0.2 12345 1883\r\n\x10\x0c", "192.0.2.1:12345 after 42"},
      {"PROXY TCP6 2001:db8::1 ::1 12345 1883\r\n", "2001:db8::1:12345 after 39"},
      {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
       "255.255.255.255:65535 after 56"},
      {"PROXY TCP4 192.0.2.1 10.0.0.2 0 0\r\n", "192.0.2.1:0 after 35"},
      {"PROXY UNKNOWN\r\n", "local after 15"},
      {"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "local after 43"},
      {binary(0x21, 0x11, kIpv4Ends), "192.0.2.1:12345 after 28"},
      {binary(0x21, 0x11, kIpv4Ends) + "\x10\x0c", "192.0.2.1:12345 after 28"},
      {binary(0x21, 0x21, kIpv6Ends), "2001:db8::1:12345 after 52"},
      {binary(0x21, 0x11, kIpv4Ends + "\x04\x00\x03\x00\x00\x00"s), "192.0.2.1:12345 after 34"},
      {binary(0x20, 0x00, ""), "local after 16"},
      {binary(0x20, 0x11, kIpv4Ends), "local after 28"},
      {binary(0x20, 0x7F, "any"), "local after 19"},
      {binary(0x21, 0x00, ""), "local after 16"},
      {binary(0x21, 0x12, kIpv4Ends), "local after 28"},
      {binary(0x21, 0x22, kIpv6Ends), "local after 52"},
      {binary(0x21, 0x31, std::string(216, '\0')), "local after 232"},
      {binary(0x21, 0x11, kIpv4Ends + std::string(kMaxProxyHeaderBytes - 28, '\0')),
       "192.0.2.1:12345 after 4096"},
  };
  for (const Row& row : rows) EXPECT_EQ(outcome(row.bytes), row.outcome) << row.bytes;
}

TEST(ProxyProtocol, AHeaderThatEndsTooSoonWaits) {
  for (const std::string& whole :
       {"PROXY TCP4 192.0.2.1 10.0.0.2 12345 1883\r\n"s, "PROXY UNKNOWN\r\n"s,
        binary(0x21, 0x11, kIpv4Ends), binary(0x20, 0x00, "")}) {
    for (std::size_t count = 0; count < whole.size(); ++count) {
      EXPECT_EQ(outcome(std::string_view(whole).substr(0, count)), "more") << whole << count;
    }
    EXPECT_NE(outcome(whole), "more");
  }
}

TEST(ProxyProtocol, WhatIsNoHeaderIsMissing) {
  for (const std::string& bytes :
       {"\x10\x0c\x00\x04MQTT"s, "GET /ws HTTP/1.1\r\n"s, "\x16\x03\x01"s, "proxy TCP4"s, "PROXX"s,
        "\r\n\r\nGET"s, "\r\n\r\n\0\r\nQUIT "s, "PUBLISH"s}) {
    EXPECT_EQ(outcome(bytes), "missing") << bytes;
  }
}

TEST(ProxyProtocol, WhatBeginsLikeAHeaderAndIsNoneIsMalformed) {
  for (const std::string& bytes : {
           "PROXY \r\n"s,
           "PROXY TCP4\r\n"s,
           "PROXY TCP5 192.0.2.1 10.0.0.2 12345 1883\r\n"s,
           "PROXY TCP4 192.0.2.1 10.0.0.2 12345\r\n"s,
           "PROXY TCP4 192.0.2.1 10.0.0.2 12345 1883 7\r\n"s,
           "PROXY TCP4  192.0.2.1 10.0.0.2 12345 1883\r\n"s,
           "PROXY TCP4 192.0.2.256 10.0.0.2 12345 1883\r\n"s,
           "PROXY TCP4 2001:db8::1 ::1 12345 1883\r\n"s,
           "PROXY TCP6 192.0.2.1 10.0.0.2 12345 1883\r\n"s,
           "PROXY TCP6 fe80::1%eth0 ::1 12345 1883\r\n"s,
           "PROXY TCP4 192.0.2.1 10.0.0.2 65536 1883\r\n"s,
           "PROXY TCP4 192.0.2.1 10.0.0.2 -1 1883\r\n"s,
           "PROXY TCP4 192.0.2.1 10.0.0.2 012 1883\r\n"s,
           "PROXY TCP4 192.0.2.1 10.0.0.2 12345 \r\n"s,
           "PROXY UNKNOWN "s + std::string(93, 'x') + "\r\n",
           "PROXY TCP4 192.0.2.1"s + std::string(90, ' '),
           binary(0x11, 0x11, kIpv4Ends),
           binary(0x22, 0x11, kIpv4Ends),
           binary(0x21, 0x01, kIpv4Ends),
           binary(0x21, 0x41, kIpv4Ends),
           binary(0x21, 0x11, kIpv4Ends.substr(1)),
           binary(0x21, 0x21, kIpv4Ends),
           binary(0x21, 0x31, kIpv6Ends),
       }) {
    EXPECT_EQ(outcome(bytes), "malformed") << bytes;
  }
}

TEST(ProxyProtocol, AClaimOfMoreThanTheBoundIsRefusedAtOnce) {
  EXPECT_EQ(outcome(binary(0x21, 0x11, "", kMaxProxyHeaderBytes - 15)), "too_long");
  EXPECT_EQ(outcome(binary(0x20, 0x00, "", 0xFFFF)), "too_long");
}

}  // namespace
}  // namespace millrace::network
