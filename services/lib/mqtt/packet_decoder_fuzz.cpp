// SPDX-License-Identifier: Apache-2.0
//
// Goal: no bytes crash the decoder, make it hold more than it may, or come out differently when
// they arrive in other pieces; and what is read out of a PUBLISH can be written again. Method: the
// first byte of the input is the size of the pieces, the second chooses the level of a good CONNECT
// that comes first, or none; the rest is the stream, decoded at once and in pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/mqtt/client_bytes.h"
#include "lib/mqtt/client_words.h"
#include "lib/mqtt/packet_decoder.h"
#include "lib/mqtt/server_words.h"

namespace {

using namespace millrace::mqtt;

constexpr DecoderLimits kLimits{.max_packet_bytes = 512,
                                .max_connect_bytes = 256,
                                .max_subscriptions = 8,
                                .topic_alias_maximum = 8,
                                .max_topic_alias_bytes = 1024};

// A packet or what comes before a skipped payload, the slack of a buffer that is kept, and aliases.
constexpr std::size_t kMostHeldBytes = 8192;

void require(bool holds) {
  if (!holds) std::abort();
}

// What a server that answers with a packet's own fields writes is what a client can read, and is as
// long as was said.
void check_answer(std::uint8_t level, const Publish& publish) {
  const OutgoingPublish answer{.topic = publish.topic,
                               .payload = publish.payload,
                               .qos = publish.qos,
                               .packet_id = publish.packet_id,
                               .correlation_data = publish.correlation_data,
                               .payload_is_text = publish.payload_is_text};
  std::string out;
  append_publish(out, level, answer);
  require(out.size() == publish_bytes(level, answer));
  require(client_bytes::take_packet(out, level).starts_with("PUBLISH") && out.empty());
}

void check(const PacketDecoder& decoder, const Decoded& decoded) {
  if (const auto* connect = std::get_if<Connect>(&decoded)) {
    require(connect->level_supported == decoder.level().has_value());
    require(connect->receive_maximum > 0 && connect->maximum_packet_bytes != 0U);
  }
  if (const auto* publish = std::get_if<Publish>(&decoded)) {
    require((publish->packet_id != 0) == (publish->qos != Qos::kAtMostOnce));
    require(!publish->topic.empty() && publish->topic.find_first_of("+#") == std::string::npos);
    check_answer(decoder.level().value_or(kLevel311), *publish);
  }
  if (const auto* subscribe = std::get_if<Subscribe>(&decoded)) {
    const std::size_t count = subscribe->subscriptions.size();
    require(count > 0 && count <= kLimits.max_subscriptions);
  }
}

// All packets of the stream in words.
std::string words_of(std::string_view stream, std::size_t piece_bytes) {
  PacketDecoder decoder(kLimits);
  std::string words;
  while (!stream.empty()) {
    // A copy that dies with the round, so that a view kept too long is seen by AddressSanitizer.
    const std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    decoder.feed(piece);
    while (true) {
      const Decoded decoded = decoder.next();
      if (std::holds_alternative<NeedMoreBytes>(decoded)) break;
      words += std::visit(InWords(), decoded) + ";";
      if (std::holds_alternative<Fault>(decoded)) return words;
      check(decoder, decoded);
    }
    decoder.retain();
    require(decoder.held_bytes() <= kMostHeldBytes);
  }
  return words;
}

std::string first_packet(std::uint8_t choice) {
  switch (choice % 4) {
    case 1:
      return client_bytes::connect({.protocol = "MQIsdp", .level = kLevel31});
    case 2:
      return client_bytes::connect({.level = kLevel311});
    case 3:
      return client_bytes::connect({.level = kLevel5});
    default:
      return {};
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece_bytes = std::max<std::size_t>(1, data[0]);
  std::string stream = first_packet(data[1]);
  stream.append(reinterpret_cast<const char*>(data) + 2, size - 2);
  require(words_of(stream, stream.size()) == words_of(stream, piece_bytes));
  return 0;
}
