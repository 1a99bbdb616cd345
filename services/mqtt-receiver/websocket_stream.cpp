// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/websocket_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace millrace::mqtt_receiver {

namespace {

// With its head it fits a TLS record.
constexpr std::size_t kMaxFramePayload = (16U << 10U) - 16;

}  // namespace

WebSocketStream::WebSocketStream(std::unique_ptr<ByteStream> below, std::string early,
                                 std::string& scratch)
    : below_(std::move(below)), scratch_(scratch), early_(std::move(early)) {}

StreamResult WebSocketStream::read(char* into, std::size_t size) {
  if (decoder_.ended()) return end_of_reading();
  StreamResult result = read_below(into, size);
  if (result.status != StreamStatus::kDone) return result;
  result.bytes = decoder_.decode(into, result.bytes);
  // What was carried before the end is given first.
  if (decoder_.ended() && result.bytes == 0) return end_of_reading();
  return result;
}

StreamResult WebSocketStream::read_below(char* into, std::size_t size) {
  if (early_.empty()) return below_->read(into, size);
  const std::size_t count = std::min(size, early_.size());
  std::memcpy(into, early_.data(), count);
  early_.erase(0, count);
  if (early_.empty()) std::string().swap(early_);
  return {StreamStatus::kDone, count, true};
}

StreamResult WebSocketStream::end_of_reading() {
  // The client's close frame is answered at once: nobody calls shutdown() for a peer that has gone.
  shutdown();
  return {decoder_.fault() == WebSocketFault::kNone ? StreamStatus::kClosed
                                                    : StreamStatus::kFailed};
}

// At the border of two frames a pong goes first; then a head, and as much of its payload as there
// is. All of it in one call of the stream below.
StreamResult WebSocketStream::write(std::string_view bytes) {
  if (payload_left_ == 0 && own_.empty()) {
    if (auto ping = decoder_.take_ping()) append_pong(own_, *ping);
  }
  if (payload_left_ == 0 && !bytes.empty() && !close_queued_) {
    payload_left_ = std::min(bytes.size(), kMaxFramePayload);
    append_binary_head(own_, payload_left_);
  }
  const std::string_view payload = bytes.substr(0, payload_left_);
  if (own_.empty() && payload.empty()) {
    return {bytes.empty() ? StreamStatus::kDone : StreamStatus::kClosed};
  }
  std::string_view from = payload;
  if (!own_.empty()) {
    scratch_.assign(own_);
    scratch_.append(payload);
    from = scratch_;
  }
  StreamResult result = below_->write(from);
  if (result.status != StreamStatus::kDone) return result;
  const std::size_t of_own = std::min(result.bytes, own_.size());
  own_.erase(0, of_own);
  if (own_.empty()) std::string().swap(own_);
  result.bytes -= of_own;
  payload_left_ -= result.bytes;
  return result;
}

StreamResult WebSocketStream::shutdown() {
  if (payload_left_ == 0 && !close_queued_) {
    close_queued_ = true;
    append_close(own_, decoder_.ended() ? decoder_.close_code() : kCloseNormal);
  }
  // In the middle of a frame nothing but the rest of it may be sent.
  while (payload_left_ == 0 && !own_.empty()) {
    const StreamResult result = write({});
    if (result.status != StreamStatus::kDone) return result;
  }
  return below_->shutdown();
}

bool WebSocketStream::has_input() const {
  return !early_.empty() || decoder_.ended() || below_->has_input();
}

std::string_view WebSocketStream::fault() const {
  if (decoder_.fault() != WebSocketFault::kNone) return phrase(decoder_.fault());
  return below_->fault();
}

}  // namespace millrace::mqtt_receiver
