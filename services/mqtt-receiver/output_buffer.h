// SPDX-License-Identifier: Apache-2.0
//
// What a connection has to say and its stream has not taken yet. Its bound is the connection's
// matter: it stops reading, or ends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mqtt-receiver/byte_stream.h"

namespace millrace::mqtt_receiver {

class OutputBuffer {
 public:
  void append(std::string_view bytes) { bytes_.append(bytes); }
  std::size_t pending() const { return bytes_.size() - sent_; }

  // Goes on until all is sent, what the stream adds of its own too, or until the stream wants
  // something or is of no use any more; `bytes` of the result are those sent in this call.
  StreamResult send(ByteStream& stream);
  void drop();

 private:
  void let_go();

  std::string bytes_;
  std::size_t sent_ = 0;  // of bytes_
};

}  // namespace millrace::mqtt_receiver
