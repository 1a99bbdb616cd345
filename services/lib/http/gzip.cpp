// SPDX-License-Identifier: Apache-2.0
#include "lib/http/gzip.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <zlib.h>

namespace millrace::http {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kStepBytes = 16 << 10;

// Frees zlib's state whatever way the function is left.
class Inflater {
 public:
  Inflater() { ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

absl::Status damaged(const char* why) {
  return absl::InvalidArgumentError(fmt::format(
      "cannot inflate the gzip body: {}; send it whole, or without Content-Encoding", why));
}

}  // namespace

absl::StatusOr<std::string> inflate_gzip(std::string_view compressed, std::size_t max_bytes) {
  Inflater inflater;
  if (!inflater.ready()) return absl::ResourceExhaustedError("cannot inflate: out of memory");
  z_stream& stream = inflater.stream();
  // zlib 1.2 takes a pointer to non-const and only reads it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());

  std::string text;
  std::array<char, kStepBytes> step;
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(step.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    const std::size_t got = step.size() - stream.avail_out;
    if (got > max_bytes - text.size()) {
      return absl::ResourceExhaustedError(fmt::format(
          "cannot take a body that inflates to more than {} bytes; send smaller batches",
          max_bytes));
    }
    text.append(step.data(), got);
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) return text;
      if (inflateReset(&stream) != Z_OK) return damaged("data after its end");
    } else if (result == Z_BUF_ERROR || (result == Z_OK && stream.avail_in == 0 && got == 0)) {
      return damaged("it is cut short");
    } else if (result != Z_OK) {
      return damaged(stream.msg != nullptr ? stream.msg : "it is not gzip");
    }
  }
}

}  // namespace millrace::http
