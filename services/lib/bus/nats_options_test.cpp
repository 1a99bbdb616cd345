// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/nats_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::bus {
namespace {

TEST(NatsOptions, SeveralServersAreSeparatedByCommas) {
  EXPECT_THAT(split_urls("nats://a:4222, nats://b:4222"),
              testing::ElementsAre("nats://a:4222", "nats://b:4222"));
  EXPECT_THAT(split_urls("nats://a:4222"), testing::ElementsAre("nats://a:4222"));
  EXPECT_THAT(split_urls(" ,, "), testing::IsEmpty());
}

TEST(NatsOptions, NoServerIsAnErrorThatNamesTheSetting) {
  const auto options = make_nats_options({" ", "", false}, {});
  EXPECT_EQ(options.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(error::message(options.status()), testing::HasSubstr("nats-url"));
}

}  // namespace
}  // namespace millrace::bus
