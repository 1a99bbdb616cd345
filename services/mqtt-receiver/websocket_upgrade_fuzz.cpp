// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever comes in the place of an upgrade request, it is decided within 8 KiB, a decision
// does not change when more bytes come, and every answer is one HTTP response. Method: the input
// stands alone, or behind the beginning of a good request, and is cut where its first byte says.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mqtt-receiver/websocket_upgrade.h"

namespace {

using namespace millrace::mqtt_receiver;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if ((data[1] & 1U) != 0) {
    bytes.insert(0,
                 "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  }
  const auto whole = answer_upgrade(bytes);
  require(whole || bytes.size() < kMaxUpgradeHeadBytes);
  if (!whole) return 0;
  require(whole->head_bytes <= bytes.size());
  require(whole->accepted() == whole->response.starts_with("HTTP/1.1 101 "));
  require(whole->response.find("\r\n\r\n") != std::string::npos);
  const auto before = answer_upgrade(std::string(bytes, 0, bytes.size() * data[0] / 255U));
  require(!before || before->response == whole->response);
  return 0;
}
