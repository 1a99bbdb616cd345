// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever stands before a connection, the parser reads nothing beyond it, decides within its
// bound, and says the same however the bytes are cut. Method: the input is parsed in every prefix;
// a decision once made must stand, and a header must lie within the bytes that were seen.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/network/proxy_protocol.h"

namespace {

using namespace millrace::network;

void require(bool holds) {
  if (!holds) std::abort();
}

bool same(const ProxyParse& one, const ProxyParse& other) {
  if (one.index() != other.index()) return false;
  if (const auto* fault = std::get_if<ProxyFault>(&one)) {
    return *fault == std::get<ProxyFault>(other);
  }
  const auto* header = std::get_if<ProxyHeader>(&one);
  if (header == nullptr) return true;
  const auto& second = std::get<ProxyHeader>(other);
  return header->bytes == second.bytes && header->source == second.source;
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The signature of version 2 is long to guess: a first byte of 1 stands for it.
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size > 0 && data[0] == 1) bytes.replace(0, 1, std::string("\r\n\r\n\0\r\nQUIT\n", 12));

  const ProxyParse whole = parse_proxy_header(bytes);
  bool decided = false;
  for (std::size_t count = 0; count <= bytes.size(); ++count) {
    // A string of its own, so that a read beyond it is found.
    const ProxyParse parse = parse_proxy_header(std::string(bytes, 0, count));
    if (std::holds_alternative<ProxyHeaderIncomplete>(parse)) {
      require(!decided && count < kMaxProxyHeaderBytes);
      continue;
    }
    decided = true;
    require(same(parse, whole));
    if (const auto* header = std::get_if<ProxyHeader>(&parse)) {
      require(header->bytes <= count && header->bytes <= kMaxProxyHeaderBytes);
    }
    if (count >= kMaxProxyHeaderBytes) break;
  }
  return 0;
}
