// SPDX-License-Identifier: Apache-2.0
#include "lib/http/request_head.h"

#include <string>

#include <gtest/gtest.h>

#include "lib/http/refusal.h"

namespace millrace::http {
namespace {

using boost::beast::http::field;

ReceivedHead received(const std::string& method, const std::string& target) {
  ReceivedHead head;
  head.method_string(method);
  head.target(target);
  head.version(11);
  return head;
}

TEST(RequestHead, IsReadAsItCame) {
  ReceivedHead from = received("BREW", "/a%2Fb?x=y");
  from.insert("X-Request-Id", "7");
  from.insert("Accept", "a");
  from.insert("accept", "b");
  Request head;
  EXPECT_TRUE(read_request_head(from, head));
  EXPECT_EQ(head.method, "BREW");
  EXPECT_EQ(head.path, "/a%2Fb");
  EXPECT_EQ(head.query, "x=y");
  EXPECT_EQ(head.headers.get("x-request-id"), "7");
  EXPECT_EQ(head.headers.get("Accept"), "a, b");
  EXPECT_EQ(head.headers.all().size(), 2U);
}

TEST(RequestHead, WithoutAUriTheRestIsThere) {
  ReceivedHead from = received("POST", "no path");
  from.insert("Origin", "https://a");
  Request head;
  head.path = "/of/the/one/before";
  EXPECT_FALSE(read_request_head(from, head));
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "");
  EXPECT_EQ(head.headers.get("Origin"), "https://a");
}

TEST(RequestHead, OfTooManyFieldsTheFirstAreTaken) {
  ReceivedHead from = received("POST", "/");
  for (std::size_t i = 0; i < kMaxHeaderFields; ++i) from.insert("X" + std::to_string(i), "y");
  EXPECT_FALSE(has_too_many_fields(from));
  from.insert("Last", "z");
  EXPECT_TRUE(has_too_many_fields(from));
  Request head;
  EXPECT_TRUE(read_request_head(from, head));
  EXPECT_EQ(head.headers.all().size(), kMaxHeaderFields);
  EXPECT_EQ(head.headers.get("Last"), "");
}

TEST(RequestHead, OnlyChunksAreATransferCoding) {
  ReceivedHead from = received("POST", "/");
  EXPECT_TRUE(knows_transfer_coding(from));
  for (const auto& [coding, known] : {std::pair<const char*, bool>{"chunked", true},
                                      {"Chunked", true},
                                      {"gzip, chunked", false},
                                      {"identity", false},
                                      {"", false}}) {
    from.set(field::transfer_encoding, coding);
    EXPECT_EQ(knows_transfer_coding(from), known) << coding;
  }
  from.set(field::transfer_encoding, "chunked");
  from.version(10);
  EXPECT_FALSE(knows_transfer_coding(from));
  from.version(11);
  from.insert(field::transfer_encoding, "chunked");
  EXPECT_FALSE(knows_transfer_coding(from));
}

}  // namespace
}  // namespace millrace::http
