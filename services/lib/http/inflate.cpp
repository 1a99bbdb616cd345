// SPDX-License-Identifier: Apache-2.0
#include "lib/http/inflate.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <zlib.h>

namespace millrace::http {
namespace {

constexpr std::size_t kStepBytes = 16 << 10;

// What zlib is to expect around the deflated blocks.
struct Format {
  const char* name;
  int window_bits;
  bool has_members;  // a second stream may follow the first
};
constexpr Format kGzip{"gzip", 16 + MAX_WBITS, true};
constexpr Format kZlib{"deflate", MAX_WBITS, false};
constexpr Format kBare{"deflate", -MAX_WBITS, false};

// Frees zlib's state whatever way the function is left.
class Inflater {
 public:
  explicit Inflater(const Format& format) {
    ready_ = inflateInit2(&stream_, format.window_bits) == Z_OK;
  }
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

absl::Status damaged(const Format& format, const char* why) {
  return absl::InvalidArgumentError(
      fmt::format("cannot inflate the {} body: {}; send it whole, or without Content-Encoding",
                  format.name, why));
}

absl::Status too_large(std::size_t max_bytes) {
  return absl::ResourceExhaustedError(fmt::format(
      "cannot take a body that inflates to more than {} bytes; send smaller batches", max_bytes));
}

// RFC 1950, 2.2: deflate, a window of at most 32 KiB, and a check sum of the two bytes. A bare
// stream never looks like it: its first block would be a stored one whose padding bits are not 0.
bool has_zlib_header(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const auto method = static_cast<std::uint8_t>(bytes[0]);
  const auto flags = static_cast<std::uint8_t>(bytes[1]);
  return (method & 0x0F) == Z_DEFLATED && (method >> 4) <= 7 && (method * 256 + flags) % 31 == 0;
}

absl::StatusOr<std::string> inflated(const Format& format, std::string_view compressed,
                                     std::size_t max_bytes) {
  Inflater inflater(format);
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
    if (got > max_bytes - text.size()) return too_large(max_bytes);
    text.append(step.data(), got);
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) return text;
      if (!format.has_members || inflateReset(&stream) != Z_OK) {
        return damaged(format, "data after its end");
      }
    } else if (result == Z_BUF_ERROR || (result == Z_OK && stream.avail_in == 0 && got == 0)) {
      return damaged(format, "it is cut short");
    } else if (result != Z_OK) {
      return damaged(format, stream.msg != nullptr ? stream.msg : "its blocks are not deflate");
    }
  }
}

}  // namespace

absl::StatusOr<std::string> inflate_gzip(std::string_view compressed, std::size_t max_bytes) {
  return inflated(kGzip, compressed, max_bytes);
}

absl::StatusOr<std::string> inflate_deflate(std::string_view compressed, std::size_t max_bytes) {
  return inflated(has_zlib_header(compressed) ? kZlib : kBare, compressed, max_bytes);
}

}  // namespace millrace::http
