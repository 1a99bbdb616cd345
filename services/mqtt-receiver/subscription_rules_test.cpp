// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/subscription_rules.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

using mqtt::Qos;
using mqtt::ReasonCode;

TEST(SubscriptionRulesTest, FiltersOfOneEndpointAreGranted) {
  for (const char* filter :
       {"kp1/v/dcx/t/json/23/status", "kp1/v/dcx/t/json/status", "kp1/v/dcx/t/json/+",
        "kp1/v/dcx/t/json/#", "kp1/v/dcx/t/json/+/status", "kp1/v/dcx/t/json",
        "kp1/v/dcx/t/json/23", "kp1/v/dcx/t/#", "kp1/v/dcx/t/+/+/error",
        "kp1/v/dcx/t/plain/height/1/status", "kp1/v/dcx/t/reply/of/mine"}) {
    EXPECT_EQ(grant({.filter = filter, .qos = Qos::kAtMostOnce}), ReasonCode::kSuccess) << filter;
    EXPECT_EQ(grant({.filter = filter, .qos = Qos::kAtLeastOnce}), ReasonCode::kGrantedQos1);
    EXPECT_EQ(grant({.filter = filter, .qos = Qos::kExactlyOnce}), ReasonCode::kGrantedQos2);
  }
}

TEST(SubscriptionRulesTest, OthersAreNot) {
  for (const char* filter :
       {"#", "+", "kp1/#", "kp1/+/dcx/t/json", "kp1/v/#", "kp1/v/dcx/#", "kp1/v/dcx/+/json",
        "kp1/v/+/t/json", "kp1/v/dcx/t", "kp1/v/dcx/t/", "kp1/v/dcx//json", "kp1//dcx/t/json",
        "kp1/v/epmx/t/get/#", "kp2/v/dcx/t/json", "/kp1/v/dcx/t/json", "$SYS/#", "a",
        "$share/g/kp1/v/dcx/t/json/#"}) {
    EXPECT_EQ(grant({.filter = filter}), ReasonCode::kNotAuthorized) << filter;
  }
}

TEST(SubscriptionRulesTest, WhatIsNoFilterIsInvalid) {  // [MQTT-4.7.1-2], [MQTT-4.7.1-3]
  for (const char* filter : {"", "kp1/v/dcx/t/#/status", "kp1/v/dcx/t/json+", "kp1/v/dcx/t/a#"}) {
    EXPECT_EQ(grant({.filter = filter}), ReasonCode::kTopicFilterInvalid) << filter;
  }
}

TEST(SubscriptionRulesTest, SharedOnesAreKnownByTheirBeginning) {
  EXPECT_TRUE(is_shared("$share/group/kp1/v/dcx/t/#"));
  EXPECT_FALSE(is_shared("$shared/group"));
  EXPECT_FALSE(is_shared("kp1/$share/x"));
}

}  // namespace
}  // namespace millrace::mqtt_receiver
