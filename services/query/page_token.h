// SPDX-License-Identifier: Apache-2.0
//
// Tokens to go on with an answer that was cut: `resume_token` of GetDataPoints, Aggregate and
// Subscribe, `page_token` of ListRejectedSamples and ReplayRejectedSamples, `nextToken` of the
// Grafana contract. Opaque for clients; they hold a position and no state of the server, so they
// survive restarts and work with every replica. Pure.
//
// Form: web-safe Base64 of version, kind, digest of the request, position, checksum. The checksum
// finds damage; the token needs no secret, because it grants nothing the request does not.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <absl/status/statusor.h>
#include <google/protobuf/message_lite.h>

#include "lib/time_series/range_reader.h"
#include "lib/time_series/rejected_reader.h"
#include "query/aggregate_request.h"
#include "query/subscription.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

// What of a request must be the same when it is continued: 8 bytes of a digest.
std::string digest_of(const v1::GetDataPointsRequest& request);
std::string digest_of(const v1::AggregateRequest& request);
std::string digest_of(const v1::ListRejectedSamplesRequest& request);
std::string digest_of(const v1::ReplayRejectedSamplesRequest& request);
// Of a request in whose serialized form equal ones may differ: a text that says what counts.
std::string digest_of_text(const std::string& text);
std::string digest_of(const v1::SubscribeRequest& request);

std::string make_resume_token(const std::string& request_digest,
                              const time_series::RangePosition& position);
std::string make_aggregate_token(const std::string& request_digest,
                                 const AggregatePosition& position);
std::string make_page_token(const std::string& request_digest,
                            const time_series::RejectedPosition& position);
// Behind all that lies at `time`.
std::string make_time_token(const std::string& request_digest, time::UnixMicros time);

// Of values delivered above the position a token holds this many, 24 bytes each.
inline constexpr std::size_t kMaxTokenEntries = 10'000;
// Nothing: there are more of them.
std::optional<std::string> make_subscription_token(const std::string& request_digest,
                                                   const SubscriptionPosition& position);

// kInvalidArgument without a field's name: damaged, of another kind or version, or of another
// request.
absl::StatusOr<time_series::RangePosition> read_resume_token(const std::string& token,
                                                             const std::string& request_digest);
absl::StatusOr<AggregatePosition> read_aggregate_token(const std::string& token,
                                                       const std::string& request_digest);
absl::StatusOr<SubscriptionPosition> read_subscription_token(const std::string& token,
                                                             const std::string& request_digest);
absl::StatusOr<time_series::RejectedPosition> read_page_token(const std::string& token,
                                                              const std::string& request_digest);
absl::StatusOr<time::UnixMicros> read_time_token(const std::string& token,
                                                 const std::string& request_digest);

}  // namespace millrace::query
