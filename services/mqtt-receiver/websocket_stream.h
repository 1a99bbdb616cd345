// SPDX-License-Identifier: Apache-2.0
//
// MQTT's bytes in binary frames of a WebSocket, over a socket or TLS, after the upgrade. Pings are
// answered, a close frame too; what is written leaves in frames of 16 KiB at most, as soon as it is
// there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mqtt-receiver/byte_stream.h"
#include "mqtt-receiver/websocket_decoder.h"

namespace millrace::mqtt_receiver {

class WebSocketStream final : public ByteStream {
 public:
  // `early`: bytes that came with the upgrade. `scratch`: of all streams of the thread, used within
  // a call only; it must outlive the stream.
  WebSocketStream(std::unique_ptr<ByteStream> below, std::string early, std::string& scratch);

  StreamResult read(char* into, std::size_t size) override;
  StreamResult write(std::string_view bytes) override;
  StreamResult shutdown() override;
  bool has_input() const override;
  bool has_output() const override { return !own_.empty() || decoder_.has_ping(); }
  std::string_view fault() const override;

 private:
  StreamResult read_below(char* into, std::size_t size);
  StreamResult end_of_reading();

  const std::unique_ptr<ByteStream> below_;
  std::string& scratch_;
  std::string early_;
  WebSocketDecoder decoder_;
  // What waits to be sent and is not the caller's: a head, a pong, a close frame. Between frames
  // only: behind a head its payload comes first.
  std::string own_;
  std::size_t payload_left_ = 0;  // of the frame whose head is in own_ or has been sent
  bool close_queued_ = false;
};

}  // namespace millrace::mqtt_receiver
