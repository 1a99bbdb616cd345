// SPDX-License-Identifier: Apache-2.0
#include "lib/http/target.h"

#include <string>

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

void expect_parts(std::string_view target, std::string_view path, std::string_view query) {
  const std::optional<Target> parts = parse_target(target);
  ASSERT_TRUE(parts.has_value()) << target;
  EXPECT_EQ(parts->path, path) << target;
  EXPECT_EQ(parts->query, query) << target;
}

TEST(Target, HasAPathAndAQuery) {
  expect_parts("/", "/", "");
  expect_parts("/a%2Fb%20c", "/a%2Fb%20c", "");
  expect_parts("//a//b/", "//a//b/", "");
  expect_parts("/a?", "/a", "");
  expect_parts("/a?b=%2F%20+&b=&&c?d#e", "/a", "b=%2F%20+&b=&&c?d");
  expect_parts("/a#b?c", "/a", "");
  expect_parts("/a?b=http://c/d", "/a", "b=http://c/d");
  expect_parts("/http://a/b", "/http://a/b", "");
  expect_parts("/~!$&'()*+,;=:@-._", "/~!$&'()*+,;=:@-._", "");
}

TEST(Target, OfAProxyNamesTheHostToo) {
  expect_parts("http://host:1/a?b", "/a", "b");
  expect_parts("HTTPS://[::1]:8443/a", "/a", "");
  expect_parts("http://host", "/", "");
  expect_parts("http://host?b", "/", "b");
  expect_parts("http:///a", "/a", "");
}

TEST(Target, AnAsteriskIsTheServerItself) {
  expect_parts("*", "*", "");
  EXPECT_EQ(parse_target("*/a"), std::nullopt);
}

TEST(Target, WhatNoUriCanBeIsRefused) {
  for (const std::string target :
       {"", "a", "kp1/v1/dcx/t/json", "host:443", "?a", "#a", "/a b", "/a|b", "/\xE4", "/a?\xE4",
        "/a\"b", "/<a>", "/a\\b", "/a^b", "/{a}", "/a`", "/[a]", "/a\x7F", "http://host/a b"}) {
    EXPECT_EQ(parse_target(target), std::nullopt) << target;
  }
  EXPECT_EQ(parse_target(std::string_view("/a\0b", 4)), std::nullopt);
}

}  // namespace
}  // namespace millrace::http
