// SPDX-License-Identifier: Apache-2.0
//
// Which topic filters are granted. A response comes to the connection that sent the upload, once,
// whether anything subscribes to it or not; so nothing is kept of a subscription, and granting one
// only tells clients that insist that they will get what they wait for.
#pragma once

#include <string_view>

#include "lib/mqtt/packet.h"

namespace millrace::mqtt_receiver {

// kGrantedQos1 and so on; kTopicFilterInvalid; or kNotAuthorized for all but filters that can only
// match topics of one endpoint's uploads and responses: kp1/<app-version>/dcx/<token>/ and at least
// one level more, with wildcards from there on only.
mqtt::ReasonCode grant(const mqtt::Subscription& subscription);

// Whether a filter is one of shared subscriptions: $share/<group>/… (MQTT 5, section 4.8.2).
bool is_shared(std::string_view filter);

}  // namespace millrace::mqtt_receiver
