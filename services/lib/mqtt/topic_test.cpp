// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/topic.h"

#include <string>

#include <gtest/gtest.h>

namespace millrace::mqtt {
namespace {

TEST(TopicNameTest, ANameHasNoWildcardsAndIsNotEmpty) {
  for (const std::string_view name : {"kp1/demo-v1/dcx/token/json", "/", "a//b", "$SYS/x", " "}) {
    EXPECT_TRUE(is_valid_topic_name(name)) << name;
  }
  for (const std::string_view name : {"", "a/+/b", "a/#", "a+", "#"}) {  // [MQTT-3.3.2-2]
    EXPECT_FALSE(is_valid_topic_name(name)) << name;
  }
}

TEST(TopicFilterTest, WildcardsFillALevelAndTheManyLevelOneTheLast) {
  for (const std::string_view filter : {"#", "+", "/", "a/#", "a/+/b", "+/+", "/+", "a//b",
                                        "kp1/demo-v1/dcx/token/json/23/status"}) {
    EXPECT_TRUE(is_valid_topic_filter(filter)) << filter;
  }
  for (const std::string_view filter :
       {"", "a/#/b", "#/", "a#", "a/b#", "a+", "+a/b", "a/+b/c", "##"}) {
    EXPECT_FALSE(is_valid_topic_filter(filter)) << filter;
  }
}

}  // namespace
}  // namespace millrace::mqtt
