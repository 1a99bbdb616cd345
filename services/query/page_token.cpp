// SPDX-License-Identifier: Apache-2.0
#include "query/page_token.h"

#include <cstdint>
#include <string_view>

#include <absl/strings/escaping.h>

#include "lib/error/error.h"
#include "lib/rpc/server.h"

namespace millrace::query {
namespace {

constexpr char kVersion = 1;
enum class Kind : char {
  kRange = 'r',
  kAggregate = 'a',
  kRejected = 'j',
  kSubscription = 's',
  kTime = 't'
};

constexpr std::size_t kDigestBytes = 8;
constexpr std::size_t kHeaderBytes = 2 + kDigestBytes;
// Names in a position have at most some hundred bytes.
constexpr std::size_t kMaxTokenBytes = 4096;
constexpr std::size_t kEntryBytes = 24;
constexpr std::size_t kMaxSubscriptionTokenBytes = 4096 + kMaxTokenEntries * kEntryBytes * 4 / 3;

std::string digest(const std::string& bytes) {
  return rpc::sha256(bytes).substr(0, kDigestBytes);
}

void append_u64(std::string& to, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    to.push_back(static_cast<char>((number >> shift) & 0xff));
  }
}

void append_time(std::string& to, time::UnixMicros time) {
  append_u64(to, static_cast<std::uint64_t>(time::to_unix_us(time)));
}

// Takes eight bytes off the front; the caller has checked that they are there.
std::uint64_t take_u64(std::string_view& from) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) {
    number = number << 8 | static_cast<unsigned char>(from[static_cast<std::size_t>(i)]);
  }
  from.remove_prefix(8);
  return number;
}

std::string seal(Kind kind, const std::string& request_digest, const std::string& position) {
  std::string bytes{kVersion, static_cast<char>(kind)};
  bytes += request_digest;
  bytes += position;
  bytes += digest(bytes);
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<std::string> unseal(Kind kind, const std::string& request_digest,
                                   const std::string& token) {
  const std::size_t max_bytes =
      kind == Kind::kSubscription ? kMaxSubscriptionTokenBytes : kMaxTokenBytes;
  std::string bytes;
  if (token.size() > max_bytes || !absl::WebSafeBase64Unescape(token, &bytes) ||
      bytes.size() < kHeaderBytes + kDigestBytes) {
    return absl::InvalidArgumentError("is no token of this service");
  }
  const std::string body = bytes.substr(0, bytes.size() - kDigestBytes);
  if (digest(body) != bytes.substr(body.size())) {
    return absl::InvalidArgumentError("is damaged; send it exactly as it was received");
  }
  if (body[0] != kVersion) {
    return absl::InvalidArgumentError(
        "was made by another version of this service; begin again without it");
  }
  if (body[1] != static_cast<char>(kind)) {
    return absl::InvalidArgumentError("belongs to another method");
  }
  if (body.substr(2, kDigestBytes) != request_digest) {
    return absl::InvalidArgumentError(
        "belongs to another request; all other fields must be as in the request it came from");
  }
  return body.substr(kHeaderBytes);
}

// A time that a position can have; others would overflow where it is used.
absl::StatusOr<time::UnixMicros> take_time(std::string_view& from) {
  const auto time = time::from_unix_us(static_cast<std::int64_t>(take_u64(from)));
  if (time < time_series::kEarliestTime || time >= time_series::kLatestTime) {
    return absl::InvalidArgumentError("is no token of this service");
  }
  return time;
}

template <class Request>
std::string digest_of_message(const Request& request) {
  return digest(request.GetTypeName() + '\0' + request.SerializeAsString());
}

template <class Request>
std::string digest_of_page(Request relevant) {
  relevant.clear_page_token();
  relevant.clear_page_size();
  return digest_of_message(relevant);
}

}  // namespace

std::string digest_of(const v1::GetDataPointsRequest& request) {
  v1::GetDataPointsRequest relevant = request;
  relevant.clear_resume_token();
  relevant.clear_limit();
  return digest_of_message(relevant);
}

std::string digest_of(const v1::AggregateRequest& request) {
  v1::AggregateRequest relevant = request;
  relevant.clear_resume_token();
  relevant.clear_limit();
  return digest_of_message(relevant);
}

std::string digest_of(const v1::ListRejectedSamplesRequest& request) {
  return digest_of_page(request);
}

std::string digest_of(const v1::ReplayRejectedSamplesRequest& request) {
  return digest_of_page(request);
}

std::string digest_of_text(const std::string& text) {
  return digest(text);
}

std::string digest_of(const v1::SubscribeRequest& request) {
  v1::SubscribeRequest relevant = request;
  relevant.clear_resume_token();
  return digest_of_message(relevant);
}

std::string make_resume_token(const std::string& request_digest,
                              const time_series::RangePosition& position) {
  std::string bytes;
  append_u64(bytes, position.endpoint);
  append_u64(bytes, static_cast<std::uint64_t>(time::to_unix_us(position.time)));
  return seal(Kind::kRange, request_digest, bytes + position.series_name);
}

// No name has a control character, so a NUL may lie between two.
std::string make_aggregate_token(const std::string& request_digest,
                                 const AggregatePosition& position) {
  std::string bytes;
  append_u64(bytes, position.endpoint);
  append_u64(bytes, static_cast<std::uint64_t>(time::to_unix_us(position.window_start)));
  append_u64(bytes, static_cast<std::uint64_t>(time::to_unix_us(position.reread_from)));
  bytes.push_back(static_cast<char>(position.value.type));
  bytes += position.series_name;
  bytes.push_back('\0');
  return seal(Kind::kAggregate, request_digest, bytes + position.value.name);
}

std::string make_page_token(const std::string& request_digest,
                            const time_series::RejectedPosition& position) {
  std::string bytes;
  append_u64(bytes, static_cast<std::uint64_t>(time::to_unix_us(position.received_at)));
  append_u64(bytes, static_cast<std::uint64_t>(position.seq));
  return seal(Kind::kRejected, request_digest, bytes + position.endpoint_id);
}

std::string make_time_token(const std::string& request_digest, time::UnixMicros time) {
  std::string bytes;
  append_u64(bytes, static_cast<std::uint64_t>(time::to_unix_us(time)));
  return seal(Kind::kTime, request_digest, bytes);
}

std::optional<std::string> make_subscription_token(const std::string& request_digest,
                                                   const SubscriptionPosition& position) {
  if (position.delivered.size() > kMaxTokenEntries) return std::nullopt;
  std::string bytes;
  append_u64(bytes, static_cast<std::uint64_t>(position.epoch));
  append_time(bytes, position.from);
  append_u64(bytes, static_cast<std::uint64_t>(position.below));
  const auto& reading = position.reading;
  bytes.push_back(!reading ? 'n' : reading->behind ? 'b' : 'r');
  if (reading) append_u64(bytes, static_cast<std::uint64_t>(reading->below));
  if (reading && reading->behind) {
    append_u64(bytes, static_cast<std::uint64_t>(reading->behind->endpoint_key));
    append_time(bytes, reading->behind->time);
  }
  for (const Delivered::Entry& entry : position.delivered) {
    append_u64(bytes, entry.key);
    append_time(bytes, entry.time);
    append_u64(bytes, static_cast<std::uint64_t>(entry.seq));
  }
  return seal(Kind::kSubscription, request_digest, bytes);
}

absl::StatusOr<SubscriptionPosition> read_subscription_token(const std::string& token,
                                                             const std::string& request_digest) {
  MILLRACE_ASSIGN_OR_RETURN(const std::string position,
                            unseal(Kind::kSubscription, request_digest, token));
  const absl::Status none = absl::InvalidArgumentError("is no token of this service");
  std::string_view rest = position;
  if (rest.size() < 25) return none;
  SubscriptionPosition at;
  at.epoch = static_cast<std::int32_t>(take_u64(rest));
  MILLRACE_ASSIGN_OR_RETURN(at.from, take_time(rest));
  at.below = static_cast<std::int64_t>(take_u64(rest));
  const char kind = rest.front();
  rest.remove_prefix(1);
  if (kind != 'n') {
    if (rest.size() < (kind == 'b' ? 24U : 8U)) return none;
    at.reading.emplace();
    at.reading->below = static_cast<std::int64_t>(take_u64(rest));
  }
  if (kind == 'b') {
    const auto endpoint_key = static_cast<std::int32_t>(take_u64(rest));
    MILLRACE_ASSIGN_OR_RETURN(const time::UnixMicros time, take_time(rest));
    at.reading->behind = {endpoint_key, time};
  }
  if (rest.size() % kEntryBytes != 0) return none;
  while (!rest.empty()) {
    Delivered::Entry entry;
    entry.key = take_u64(rest);
    MILLRACE_ASSIGN_OR_RETURN(entry.time, take_time(rest));
    entry.seq = static_cast<std::int64_t>(take_u64(rest));
    at.delivered.push_back(entry);
  }
  return at;
}

absl::StatusOr<time_series::RangePosition> read_resume_token(const std::string& token,
                                                             const std::string& request_digest) {
  MILLRACE_ASSIGN_OR_RETURN(const std::string position,
                            unseal(Kind::kRange, request_digest, token));
  std::string_view rest = position;
  if (rest.size() < 16) return absl::InvalidArgumentError("is no token of this service");
  const std::uint64_t endpoint = take_u64(rest);
  MILLRACE_ASSIGN_OR_RETURN(const time::UnixMicros time, take_time(rest));
  return time_series::RangePosition{static_cast<std::size_t>(endpoint), std::string(rest), time};
}

absl::StatusOr<AggregatePosition> read_aggregate_token(const std::string& token,
                                                       const std::string& request_digest) {
  MILLRACE_ASSIGN_OR_RETURN(const std::string bytes,
                            unseal(Kind::kAggregate, request_digest, token));
  std::string_view rest = bytes;
  if (rest.size() < 25) return absl::InvalidArgumentError("is no token of this service");
  AggregatePosition position;
  position.endpoint = static_cast<std::size_t>(take_u64(rest));
  // A window may begin before the first time that a point can have.
  position.window_start = time::from_unix_us(static_cast<std::int64_t>(take_u64(rest)));
  position.reread_from = time::from_unix_us(static_cast<std::int64_t>(take_u64(rest)));
  position.value.type = static_cast<time_series::ValueType>(rest.front());
  rest.remove_prefix(1);
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) {
    return absl::InvalidArgumentError("is no token of this service");
  }
  position.series_name = rest.substr(0, end);
  position.value.name = rest.substr(end + 1);
  return position;
}

absl::StatusOr<time_series::RejectedPosition> read_page_token(const std::string& token,
                                                              const std::string& request_digest) {
  MILLRACE_ASSIGN_OR_RETURN(const std::string position,
                            unseal(Kind::kRejected, request_digest, token));
  std::string_view rest = position;
  if (rest.size() < 16) return absl::InvalidArgumentError("is no token of this service");
  MILLRACE_ASSIGN_OR_RETURN(const time::UnixMicros received_at, take_time(rest));
  const auto seq = static_cast<std::int64_t>(take_u64(rest));
  return time_series::RejectedPosition{received_at, seq, std::string(rest)};
}

absl::StatusOr<time::UnixMicros> read_time_token(const std::string& token,
                                                 const std::string& request_digest) {
  MILLRACE_ASSIGN_OR_RETURN(const std::string position, unseal(Kind::kTime, request_digest, token));
  std::string_view rest = position;
  if (rest.size() != 8) return absl::InvalidArgumentError("is no token of this service");
  return take_time(rest);
}

}  // namespace millrace::query
