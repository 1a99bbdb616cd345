// SPDX-License-Identifier: Apache-2.0
#include "lib/http/content_coding.h"

#include <gtest/gtest.h>

#include "lib/http/body_source_fixture.h"
#include "lib/http/gzip_deflater.h"
#include "lib/http/inflate.h"

namespace millrace::http {
namespace {

TEST(AcceptEncoding, IsReadWithItsWeights) {
  for (const char* field :
       {"gzip", "GZIP", "x-gzip", "gzip, deflate, br", "deflate,gzip;q=1.0", "gzip;q=0.001", "*",
        " br ;q=1 ,\tgzip ; q=0.5 ", "gzip;x=y;q=0.5", "*;q=0, gzip", "identity;q=0.5, gzip;q=0.5",
        ",,gzip,", "gzip;", "identity;q=0, *"}) {
    EXPECT_TRUE(accepts_coding(field, "gzip")) << field;
  }
  for (const char* field :
       {"", "br", "identity", "gzip;q=0", "gzip;q=0.000", "gzip; q=0, *", "*;q=0",
        "gzip;q=0.5, identity;q=0.8", "gzipped", "gzi", "x gzip", "gzip;q=2", "gzip;q=1.1",
        "gzip;q=", "gzip;q=-1", "gzip;q=0.0001", "gzip;q=yes", "gzip;q=1,gzip;q=0", ";q=1"}) {
    EXPECT_FALSE(accepts_coding(field, "gzip")) << field;
  }
}

// zlib's form of "[1,2]", and the same without its header and check sum.
const std::string kZlibBatch("\x78\x9c\x8b\x36\xd4\x31\x8a\x05\x00\x03\xd5\x01\x48", 13);
const std::string kBareBatch = kZlibBatch.substr(2, 7);

TEST(DecodeContent, TakesOneCodingOrNone) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"", "[1,2]"},           {"identity", "[1,2]"},     {"Identity", "[1,2]"},
      {"gzip", gzip("[1,2]")}, {"X-GZIP", gzip("[1,2]")}, {"deflate", kZlibBatch},
      {"Deflate", kBareBatch},
  };
  for (const auto& [coding, given] : rows) {
    std::string body = given;
    EXPECT_TRUE(decode_content(coding, body, 5).ok()) << coding;
    EXPECT_EQ(body, "[1,2]") << coding;
  }
}

TEST(DecodeContent, NamesWhatItDoesNotTake) {
  for (const char* coding : {"br", "gzip, gzip", "gzip, identity", "deflate,gzip", "gzip ,", "zstd",
                             "x-deflate", "compress"}) {
    std::string body = "x";
    const absl::Status refused = decode_content(coding, body, 100);
    EXPECT_EQ(refused.code(), absl::StatusCode::kUnimplemented) << coding;
    EXPECT_NE(refused.message().find(coding), std::string::npos) << refused;
    EXPECT_EQ(body, "x");
  }
}

TEST(DecodeContent, KeepsToTheLimit) {
  std::string body = gzip("[1,2]");
  EXPECT_EQ(decode_content("gzip", body, 4).code(), absl::StatusCode::kResourceExhausted);
  body = "[1,2]";
  EXPECT_EQ(decode_content("gzip", body, 4).code(), absl::StatusCode::kInvalidArgument);
}

Request asking(const std::string& accept_encoding) {
  Request request;
  request.headers.add("Accept-Encoding", accept_encoding);
  return request;
}

TEST(GzipIfAccepted, ALongBodyIsPutInGzip) {
  const std::string text(kMinGzipBytes, 'x');
  Response response;
  response.body = text;
  gzip_if_accepted(asking("gzip"), response);
  EXPECT_EQ(response.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(response.headers.get("Vary"), "Accept-Encoding");
  EXPECT_LT(response.body.size(), 100U);
  EXPECT_EQ(*inflate_gzip(response.body, text.size()), text);
}

TEST(GzipIfAccepted, OthersStayAsTheyAreAndSayThatTheyVary) {
  for (const auto& [accepted, bytes] :
       {std::pair<const char*, std::size_t>{"gzip", kMinGzipBytes - 1}, {"br", 5'000}}) {
    Response response;
    response.body = std::string(bytes, 'x');
    gzip_if_accepted(asking(accepted), response);
    EXPECT_EQ(response.body.size(), bytes);
    EXPECT_EQ(response.headers.get("Content-Encoding"), "");
    EXPECT_EQ(response.headers.get("Vary"), "Accept-Encoding");
  }
}

TEST(GzipIfAccepted, WhatIsEncodedAlreadyIsLeftAlone) {
  Response response;
  response.headers.add("Content-Encoding", "br");
  response.body = std::string(5'000, 'x');
  gzip_if_accepted(asking("gzip"), response);
  EXPECT_EQ(response.body.size(), 5'000U);
  EXPECT_EQ(response.headers.get("Content-Encoding"), "br");
}

TEST(GzipIfAccepted, AStreamIsPutInGzipPieceByPiece) {
  const auto plain = std::make_shared<ListSource>(std::vector<std::string>{"a"});
  Response response;
  response.stream = plain;
  gzip_if_accepted(asking("gzip"), response);
  EXPECT_EQ(response.headers.get("Content-Encoding"), "gzip");
  EXPECT_NE(response.stream, plain);
  response = {};
  response.stream = plain;
  gzip_if_accepted(asking(""), response);
  EXPECT_EQ(response.stream, plain);
}

}  // namespace
}  // namespace millrace::http
