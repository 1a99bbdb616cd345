// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/output_buffer.h"

namespace millrace::mqtt_receiver {

namespace {

// Memory that is kept while nothing waits.
constexpr std::size_t kKeptBytes = 4096;

}  // namespace

StreamResult OutputBuffer::send(ByteStream& stream) {
  StreamResult result;
  std::size_t sent_now = 0;
  while (pending() > 0 || stream.has_output()) {
    result = stream.write(std::string_view(bytes_).substr(sent_));
    if (result.status != StreamStatus::kDone) break;
    sent_ += result.bytes;
    sent_now += result.bytes;
  }
  result.bytes = sent_now;
  let_go();
  return result;
}

void OutputBuffer::drop() {
  sent_ = bytes_.size();
  let_go();
}

// What has been sent is not kept longer than half of the rest is.
void OutputBuffer::let_go() {
  if (sent_ == bytes_.size()) {
    bytes_.clear();
    sent_ = 0;
    // swap, because assigning an empty string keeps the capacity.
    if (bytes_.capacity() > kKeptBytes) std::string().swap(bytes_);
  } else if (sent_ > bytes_.size() / 2) {
    bytes_.erase(0, sent_);
    sent_ = 0;
  }
}

}  // namespace millrace::mqtt_receiver
