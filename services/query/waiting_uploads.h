// SPDX-License-Identifier: Apache-2.0
//
// What a message of the stream holds of an endpoint. Pure.
#pragma once

#include <vector>

#include "lib/bus/stored_message.h"
#include "query/endpoint_traces.h"

namespace millrace::query {

// In their order: samples that receivers took, or points of a transmitter, by the subject. Without
// replays: each of those has a line of its own among the rejected samples. None: it cannot be read.
std::vector<WaitingUpload> waiting_uploads(const TraceQuery& query,
                                           const bus::StoredMessage& message);

}  // namespace millrace::query
