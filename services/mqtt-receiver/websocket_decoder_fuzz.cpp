// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever a client sends, the decoder of frames gives the same bytes however they are cut,
// never more than it was given, keeps little, and ends once and for good. Method: the input goes
// through one decoder whole and through another in pieces whose lengths the input chooses.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mqtt-receiver/websocket_decoder.h"

namespace {

using namespace millrace::mqtt_receiver;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::string carried;
  std::optional<std::string> ping;
};

void take(WebSocketDecoder& decoder, std::string piece, Outcome& outcome) {
  const bool ended = decoder.ended();
  const std::uint16_t code = decoder.close_code();
  const std::size_t count = decoder.decode(piece.data(), piece.size());
  require(count <= piece.size());
  require(!ended || (count == 0 && decoder.close_code() == code));
  outcome.carried.append(piece, 0, count);
  if (auto ping = decoder.take_ping()) {
    require(ping->size() <= 125);
    outcome.ping = std::move(ping);
  }
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1U + data[0];
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  WebSocketDecoder whole;
  Outcome of_whole;
  take(whole, bytes, of_whole);
  WebSocketDecoder cut;
  Outcome of_cut;
  for (std::size_t at = 0; at < bytes.size(); at += step) take(cut, bytes.substr(at, step), of_cut);
  require(of_whole.carried == of_cut.carried && of_whole.ping == of_cut.ping);
  require(whole.ended() == cut.ended() && whole.fault() == cut.fault());
  require(whole.close_code() == cut.close_code());
  if (whole.fault() != WebSocketFault::kNone) require(!phrase(whole.fault()).empty());
  return 0;
}
