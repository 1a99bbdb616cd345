// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/nats_message.h"

#include <charconv>
#include <cstring>

#include "lib/bus/nats_convert.h"

namespace millrace::bus {

absl::StatusOr<NatsMessage> make_nats_message(const Outgoing& outgoing) {
  natsMsg* raw = nullptr;
  const char* reply_to = outgoing.reply_to.empty() ? nullptr : outgoing.reply_to.c_str();
  natsStatus s = natsMsg_Create(&raw, outgoing.subject.c_str(), reply_to, outgoing.payload.data(),
                                static_cast<int>(outgoing.payload.size()));
  NatsMessage message(raw);
  if (s == NATS_OK && !outgoing.message_id.empty()) {
    s = natsMsgHeader_Set(raw, "Nats-Msg-Id", outgoing.message_id.c_str());
  }
  if (s == NATS_OK && outgoing.trace.has_value()) {
    const std::string traceparent(outgoing.trace->traceparent());
    s = natsMsgHeader_Set(raw, trace::kTraceparentHeader, traceparent.c_str());
  }
  if (s != NATS_OK) return status_of_nats(s, "make a message for '" + outgoing.subject + "'");
  return message;
}

std::string_view subject_of(natsMsg* message) {
  return natsMsg_GetSubject(message);
}

std::string_view payload_of(natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

std::string_view reply_to_of(natsMsg* message) {
  const char* reply_to = natsMsg_GetReply(message);
  return reply_to == nullptr ? std::string_view{} : std::string_view{reply_to};
}

ServerStatus server_status_of(natsMsg* message) {
  // Statuses come without a payload; looking only then spares data the parsing of its headers.
  if (natsMsg_GetDataLength(message) != 0) return {};
  const char* code = nullptr;
  if (natsMsgHeader_Get(message, "Status", &code) != NATS_OK || code == nullptr) return {};
  ServerStatus status;
  std::from_chars(code, code + std::strlen(code), status.code);
  const char* text = nullptr;
  if (natsMsgHeader_Get(message, "Description", &text) == NATS_OK && text != nullptr) {
    status.text = text;
  }
  return status;
}

}  // namespace millrace::bus
