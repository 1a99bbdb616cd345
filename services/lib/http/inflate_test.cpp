// SPDX-License-Identifier: Apache-2.0
#include "lib/http/inflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "lib/error/error.h"

namespace millrace::http {
namespace {

constexpr int kGzip = 16 + MAX_WBITS;
constexpr int kZlib = MAX_WBITS;
constexpr int kBare = -MAX_WBITS;

std::string deflated(const std::string& text, int window_bits = kGzip) {
  z_stream stream{};
  EXPECT_EQ(
      deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY),
      Z_OK);
  std::string result(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

TEST(Gzip, InflatesWhatWasDeflated) {
  const std::string text = R"([{"temperature":23},{"temperature":24}])";
  EXPECT_EQ(inflate_gzip(deflated(text), 1'000).value(), text);
  EXPECT_EQ(inflate_gzip(deflated(""), 1'000).value(), "");
  const std::string big(300'000, 'x');
  EXPECT_EQ(inflate_gzip(deflated(big), big.size()).value(), big);
}

TEST(Gzip, TakesMembersInARowAsOneText) {
  EXPECT_EQ(inflate_gzip(deflated("[1,") + deflated("2]"), 100).value(), "[1,2]");
}

TEST(Deflate, IsTakenWithAndWithoutTheHeaderOfZlib) {
  for (const int format : {kZlib, kBare}) {
    for (const std::string& text :
         {std::string(), std::string("[1,2]"), std::string(R"([{"a":1},{"a":2}])"),
          std::string(300'000, 'x')}) {
      EXPECT_EQ(inflate_deflate(deflated(text, format), text.size()).value(), text) << format;
    }
  }
}

TEST(Deflate, StopsAtTheLimit) {
  for (const int format : {kZlib, kBare}) {
    EXPECT_EQ(inflate_deflate(deflated(std::string(101, 'x'), format), 100).status().code(),
              absl::StatusCode::kResourceExhausted);
  }
}

TEST(Deflate, RefusesWhatIsDamaged) {
  const std::string text = "some text that is long enough to be cut somewhere";
  for (const int format : {kZlib, kBare}) {
    const std::string whole = deflated(text, format);
    for (const std::string& body : {whole.substr(0, whole.size() - 1), whole.substr(0, 5),
                                    whole + "x", whole + whole, std::string()}) {
      EXPECT_EQ(inflate_deflate(body, 1'000).status().code(), absl::StatusCode::kInvalidArgument);
    }
  }
  EXPECT_EQ(inflate_deflate(deflated(text), 1'000).status().code(),
            absl::StatusCode::kInvalidArgument);  // gzip
  EXPECT_EQ(error::message(inflate_deflate("[1,2]", 1'000).status())
                .find("cannot inflate the deflate body: "),
            0U);
}

TEST(Gzip, StopsAtTheLimit) {
  EXPECT_EQ(inflate_gzip(deflated(std::string(101, 'x')), 100).status().code(),
            absl::StatusCode::kResourceExhausted);
  const std::string bomb = deflated(std::string(100'000'000, '0'));
  ASSERT_LT(bomb.size(), 200'000U);
  const absl::Status refused = inflate_gzip(bomb, 1 << 20).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(error::message(refused),
            "cannot take a body that inflates to more than 1048576 bytes; send smaller batches");
}

TEST(Gzip, RefusesWhatIsDamaged) {
  const std::string whole = deflated("some text that is long enough to be cut somewhere");
  for (const std::string& body :
       {std::string(), std::string("{\"a\":1}"), whole.substr(0, whole.size() - 1),
        whole.substr(0, 5), whole.substr(0, 20), whole + "x", deflated("text", kZlib)}) {
    EXPECT_EQ(inflate_gzip(body, 1'000).status().code(), absl::StatusCode::kInvalidArgument);
  }
  std::string flipped = whole;
  flipped[whole.size() - 6] = static_cast<char>(flipped[whole.size() - 6] ^ 1);  // its checksum
  EXPECT_EQ(inflate_gzip(flipped, 1'000).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace millrace::http
