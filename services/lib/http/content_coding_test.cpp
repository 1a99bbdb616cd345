// SPDX-License-Identifier: Apache-2.0
#include "lib/http/content_coding.h"

#include <gtest/gtest.h>

#include "lib/http/body_source_fixture.h"
#include "lib/http/gzip.h"

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
