// SPDX-License-Identifier: Apache-2.0
#include "lib/http/gzip_deflater.h"

#include <array>

#include <gtest/gtest.h>
#include <zlib.h>

#include "lib/http/inflate.h"

namespace millrace::http {
namespace {

constexpr std::size_t kLarge = 64 << 20;

// What can be read of a stream that has not ended.
std::string readable(std::string_view so_far) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  std::array<char, 4096> out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(so_far.data()));
  stream.avail_in = static_cast<uInt>(so_far.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = out.size();
  inflate(&stream, Z_SYNC_FLUSH);
  const std::string text(out.data(), out.size() - stream.avail_out);
  inflateEnd(&stream);
  return text;
}

TEST(GzipDeflater, APieceAfterTheOtherIsOneText) {
  GzipDeflater deflater;
  std::string compressed;
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = std::to_string(i) + "," + std::to_string(i * 7919 % 1000) + "\n";
    text += line;
    compressed += deflater.add(line);
  }
  compressed += deflater.finish();
  EXPECT_LT(compressed.size(), text.size() / 2);
  const auto back = inflate_gzip(compressed, kLarge);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, text);
}

TEST(GzipDeflater, WhatIsFlushedCanBeReadAtOnce) {
  GzipDeflater deflater;
  std::string compressed = deflater.add("first ");
  compressed += deflater.flush();
  EXPECT_EQ(readable(compressed), "first ");
  compressed += deflater.add("second");
  compressed += deflater.flush();
  compressed += deflater.flush();
  EXPECT_EQ(readable(compressed), "first second");
  compressed += deflater.finish();
  EXPECT_EQ(*inflate_gzip(compressed, kLarge), "first second");
}

TEST(GzipDeflater, WhatDoesNotFitOneStepComesWhole) {
  std::string noise(300'000, '\0');
  unsigned state = 1;
  for (char& c : noise) {
    state = state * 1'103'515'245 + 12'345;
    c = static_cast<char>(state >> 16);
  }
  GzipDeflater deflater;
  std::string compressed = deflater.add(noise);
  compressed += deflater.flush();
  compressed += deflater.finish();
  EXPECT_EQ(*inflate_gzip(compressed, kLarge), noise);
}

TEST(GzipDeflater, NothingIsATextToo) {
  EXPECT_EQ(*inflate_gzip(gzip(""), kLarge), "");
  EXPECT_EQ(*inflate_gzip(gzip(std::string("\0\xFF", 2)), kLarge), std::string("\0\xFF", 2));
}

}  // namespace
}  // namespace millrace::http
