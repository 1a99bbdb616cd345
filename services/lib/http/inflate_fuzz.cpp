// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: whatever the bytes of a compressed body, inflating them ends, keeps to the
// limit, and a larger limit gives the same text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/http/inflate.h"

namespace {

constexpr std::size_t kMaxBytes = 20'000;

using Inflate = absl::StatusOr<std::string>(std::string_view, std::size_t);

void check(Inflate* inflate, std::string_view body) {
  const auto text = inflate(body, kMaxBytes);
  if (!text.ok()) return;
  if (text->size() > kMaxBytes) std::abort();
  const auto exact = inflate(body, text->size());
  if (!exact.ok() || *exact != *text) std::abort();
  if (!text->empty() && inflate(body, text->size() - 1).ok()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  check(millrace::http::inflate_gzip, body);
  check(millrace::http::inflate_deflate, body);
  return 0;
}
