// SPDX-License-Identifier: Apache-2.0
//
// nats.c's messages and the parts of them the suite reads. Knows <nats/nats.h>: for .cpp files of
// lib/bus only.
#pragma once

#include <memory>
#include <string_view>

#include <absl/status/statusor.h>
#include <nats/nats.h>

#include "lib/bus/wire.h"

namespace millrace::bus {

struct NatsMessageDeleter {
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};
using NatsMessage = std::unique_ptr<natsMsg, NatsMessageDeleter>;

absl::StatusOr<NatsMessage> make_nats_message(const Outgoing& outgoing);

std::string_view subject_of(natsMsg* message);
std::string_view payload_of(natsMsg* message);
std::string_view reply_to_of(natsMsg* message);  // empty when there is none

struct ServerStatus {
  int code = kNoStatus;
  std::string_view text;
};
// What the server put into the headers of a message of its own.
ServerStatus server_status_of(natsMsg* message);

}  // namespace millrace::bus
