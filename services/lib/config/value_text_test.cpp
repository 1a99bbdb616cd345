// SPDX-License-Identifier: Apache-2.0
#include "lib/config/value_text.h"

#include <gtest/gtest.h>

namespace millrace::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Bytes, AreReadWithTheirUnit) {
  EXPECT_EQ(parse_bytes("0").value(), 0);
  EXPECT_EQ(parse_bytes("4096").value(), 4096);
  EXPECT_EQ(parse_bytes("12B").value(), 12);
  EXPECT_EQ(parse_bytes("64KiB").value(), 65'536);
  EXPECT_EQ(parse_bytes("16MiB").value(), 16 * 1024 * 1024);
  EXPECT_EQ(parse_bytes("8GiB").value(), std::int64_t{8} << 30);
  EXPECT_EQ(parse_bytes("1TiB").value(), std::int64_t{1} << 40);
}

TEST(Bytes, WithAnythingElseAreRefused) {
  for (const char* text : {"", "KiB", "64kb", "64 KiB", " 64", "-1", "+1", "1.5MiB", "0x10",
                           "64KiBs", "8388608TiB", "99999999999999999999"}) {
    EXPECT_FALSE(parse_bytes(text).ok()) << '"' << text << '"';
  }
}

TEST(Bytes, AreWrittenInTheLargestExactUnit) {
  EXPECT_EQ(format_bytes(0), "0");
  EXPECT_EQ(format_bytes(1000), "1000");
  EXPECT_EQ(format_bytes(65'536), "64KiB");
  EXPECT_EQ(format_bytes(std::int64_t{3} << 30), "3GiB");
  EXPECT_EQ(format_bytes((std::int64_t{3} << 30) + 1024), "3145729KiB");
}

TEST(Duration, IsReadWithItsUnit) {
  EXPECT_EQ(parse_duration("250ms").value(), milliseconds{250});
  EXPECT_EQ(parse_duration("5s").value(), seconds{5});
  EXPECT_EQ(parse_duration("10m").value(), std::chrono::minutes{10});
  EXPECT_EQ(parse_duration("2h").value(), hours{2});
  EXPECT_EQ(parse_duration("30d").value(), hours{720});
  EXPECT_EQ(parse_duration("0s").value(), milliseconds{0});
}

TEST(Duration, WithAnythingElseIsRefused) {
  for (const char* text : {"", "5", "s", "5 s", "5sec", "1.5s", "-5s", "5S", "1h30m", "5us",
                           "106751991168d", "99999999999999999999ms"}) {
    EXPECT_FALSE(parse_duration(text).ok()) << '"' << text << '"';
  }
}

TEST(Duration, IsWrittenInTheLargestExactUnit) {
  EXPECT_EQ(format_duration(milliseconds{0}), "0s");
  EXPECT_EQ(format_duration(milliseconds{1500}), "1500ms");
  EXPECT_EQ(format_duration(seconds{90}), "90s");
  EXPECT_EQ(format_duration(hours{48}), "2d");
}

TEST(ListenAddress, IsReadInItsThreeForms) {
  const Listen ipv4 = parse_listen("0.0.0.0:8080").value();
  EXPECT_EQ(ipv4.host, "0.0.0.0");
  EXPECT_EQ(ipv4.port, 8080);
  const Listen ipv6 = parse_listen("[::1]:65535").value();
  EXPECT_EQ(ipv6.host, "::1");
  EXPECT_EQ(ipv6.port, 65'535);
  EXPECT_EQ(parse_listen("[fe80::1%eth0]:0").value().host, "fe80::1%eth0");
  EXPECT_EQ(parse_listen("my-host.example:0").value().host, "my-host.example");
}

TEST(ListenAddress, WithAnythingElseIsRefused) {
  for (const char* text :
       {"", ":", ":8080", "localhost", "localhost:", "localhost:65536", "localhost:-1",
        "localhost:http", "::1:8080", "[]:80", "[::1]", "[::1:80", "a b:80", "0.0.0.0: 80",
        "0.0.0.0:8080:1", "[host]:99999999999999999999"}) {
    EXPECT_FALSE(parse_listen(text).ok()) << '"' << text << '"';
  }
}

TEST(ListenAddress, IsWrittenAsItIsRead) {
  for (const char* text : {"0.0.0.0:8080", "[::1]:9101", "localhost:0"}) {
    EXPECT_EQ(format_listen(parse_listen(text).value()), text);
  }
}

TEST(Integer, IsPlainDecimal) {
  EXPECT_EQ(parse_integer("-5").value(), -5);
  EXPECT_EQ(parse_integer("9223372036854775807").value(), 9'223'372'036'854'775'807);
  for (const char* text : {"", "+5", " 5", "5 ", "5.0", "1e3", "0x1", "9223372036854775808"}) {
    EXPECT_FALSE(parse_integer(text).ok()) << '"' << text << '"';
  }
}

TEST(Urls, AreShownWithoutWhatStandsBeforeTheHost) {
  EXPECT_EQ(without_credentials(""), "");
  EXPECT_EQ(without_credentials("nats://bus:4222"), "nats://bus:4222");
  EXPECT_EQ(without_credentials("nats://a:1, nats://b:2,c:3"), "nats://a:1, nats://b:2,c:3");
  EXPECT_EQ(without_credentials("nats://token@bus:4222"), "nats://***@bus:4222");
  EXPECT_EQ(without_credentials("token@bus:4222"), "***@bus:4222");
  EXPECT_EQ(without_credentials("nats://me:s@cret@bus"), "nats://***@bus");
  EXPECT_EQ(without_credentials("nats://t@a:1,nats://b:2, tls://me:secret@c"),
            "nats://***@a:1,nats://b:2, tls://***@c");
  // Rather too little than the beginning of a password.
  EXPECT_EQ(without_credentials("nats://me:sec,ret@bus"), "nats://***@bus");
  EXPECT_EQ(without_credentials("nats://a,token@b"), "nats://***@b");
}

}  // namespace
}  // namespace millrace::config
