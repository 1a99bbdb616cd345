// SPDX-License-Identifier: Apache-2.0
//
// Makes gzip (RFC 1952) from text that comes in pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace millrace::http {

// One text; keeps about 140 KiB whatever its length. Not safe for several threads at once. zlib has
// no failure here but memory, which throws std::bad_alloc.
class GzipDeflater {
 public:
  GzipDeflater();
  ~GzipDeflater();
  GzipDeflater(const GzipDeflater&) = delete;
  GzipDeflater& operator=(const GzipDeflater&) = delete;

  // Each returns what is to be sent now, which may be nothing yet. Nothing is called after
  // finish().
  std::string add(std::string_view text);
  // All that was added can be read when this has arrived. Costs a few bytes, so not after each
  // word.
  std::string flush();
  std::string finish();

 private:
  struct Zlib;
  std::string deflate(std::string_view text, int mode);

  const std::unique_ptr<Zlib> zlib_;
};

std::string gzip(std::string_view text);

}  // namespace millrace::http
