// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/pull_protocol.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "lib/bus/nats_convert.h"

namespace millrace::bus {
namespace {

constexpr std::string_view kAckPrefix = "$JS.ACK.";
// Tokens after the prefix.
constexpr std::size_t kPlainTokens = 7;
constexpr std::size_t kTokensWithDomain = 9;
constexpr std::size_t kMaxTokens = 10;

struct Tokens {
  std::array<std::string_view, kMaxTokens> token;
  std::size_t count = 0;
};

std::optional<Tokens> split(std::string_view text) {
  Tokens tokens;
  while (true) {
    if (tokens.count == kMaxTokens) return std::nullopt;
    const std::size_t dot = text.find('.');
    tokens.token[tokens.count++] = text.substr(0, dot);
    if (dot == std::string_view::npos) return tokens;
    text.remove_prefix(dot + 1);
  }
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, failure] = std::from_chars(digits.data(), end, value);
  if (failure != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

std::string to_json(const PullRequest& request) {
  std::string json = fmt::format("{{\"batch\":{},\"expires\":{}", request.messages,
                                 jetstream_nanoseconds(request.expires));
  if (request.bytes > 0) json += fmt::format(",\"max_bytes\":{}", request.bytes);
  if (request.end_when_drained) json += ",\"no_wait\":true";
  return json + "}";
}

std::optional<DeliveryPosition> parse_ack_subject(std::string_view subject) {
  if (subject.substr(0, kAckPrefix.size()) != kAckPrefix) return std::nullopt;
  const auto tokens = split(subject.substr(kAckPrefix.size()));
  if (!tokens.has_value()) return std::nullopt;
  std::size_t counts_at = 2;  // after stream and consumer
  if (tokens->count >= kTokensWithDomain) {
    counts_at += 2;
  } else if (tokens->count != kPlainTokens) {
    return std::nullopt;
  }
  const auto deliveries = number(tokens->token[counts_at]);
  const auto sequence = number(tokens->token[counts_at + 1]);
  if (!deliveries.has_value() || !sequence.has_value()) return std::nullopt;
  return DeliveryPosition{*deliveries, *sequence};
}

std::string nak(std::chrono::milliseconds delay) {
  if (delay.count() <= 0) return "-NAK";
  return fmt::format("-NAK {{\"delay\": {}}}", jetstream_nanoseconds(delay));
}

}  // namespace millrace::bus
