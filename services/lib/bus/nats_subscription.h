// SPDX-License-Identifier: Apache-2.0
//
// Subscriptions of nats.c: with a handler, or to be read. Knows <nats/nats.h>: for .cpp files of
// lib/bus only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <absl/status/statusor.h>
#include <nats/nats.h>

#include "lib/bus/wire.h"

namespace millrace::bus {

using NatsHandler = std::function<void(natsMsg*)>;

// `queue_group` empty: none. The connection must outlive the subscription.
absl::StatusOr<std::unique_ptr<Subscription>> subscribe_nats(natsConnection* connection,
                                                             const std::string& subject,
                                                             const std::string& queue_group,
                                                             NatsHandler handler);

absl::StatusOr<std::unique_ptr<Inbox>> open_nats_inbox(natsConnection* connection,
                                                       const std::string& subject);

}  // namespace millrace::bus
