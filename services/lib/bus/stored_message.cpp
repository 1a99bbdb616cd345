// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/stored_message.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include "lib/bus/jetstream_api.h"
#include "lib/bus/nats_convert.h"
#include "lib/bus/streams.h"
#include "lib/error/error.h"

namespace millrace::bus {

absl::StatusOr<std::optional<StoredMessage>> stored_data_samples(Connection& connection,
                                                                 std::int64_t sequence) {
  MILLRACE_ASSIGN_OR_RETURN(
      const jetstream::Answer answer,
      jetstream::ask(connection, fmt::format("STREAM.MSG.GET.{}", kDataSamplesStream),
                     fmt::format("{{\"seq\":{}}}", sequence)));
  if (answer.error_number == jetstream::kNoMessageFound) return std::nullopt;
  if (!answer.error.ok()) return absl::UnavailableError(error::message(answer.error));
  const rapidjson::Value& body = answer.body;
  const auto message = body.FindMember("message");
  StoredMessage stored;
  stored.sequence = sequence;
  if (message != body.MemberEnd() && message->value.IsObject()) {
    stored.subject = jetstream::text_of(message->value, "subject");
  }
  if (message == body.MemberEnd() || !message->value.IsObject() ||
      !absl::Base64Unescape(jetstream::text_of(message->value, "data"), &stored.payload)) {
    return absl::InternalError(
        fmt::format("cannot read message {} of {}: JetStream's answer has no data in base64",
                    sequence, kDataSamplesStream));
  }
  const auto moment = jetstream_moment(jetstream::text_of(message->value, "time"));
  if (!moment.has_value()) {
    return absl::InternalError(
        fmt::format("cannot read message {} of {}: JetStream's answer has no time", sequence,
                    kDataSamplesStream));
  }
  stored.stored_at = *moment;
  return stored;
}

}  // namespace millrace::bus
