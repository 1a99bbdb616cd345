// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/receipts.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::intake {
namespace {

using namespace std::chrono_literals;
using registry_client::LookUp;
using testing::HasSubstr;
using Code = Receipt::Code;

TEST(Receipts, ALookUpIsAnsweredByWhatWasFound) {
  const auto code = [](LookUp::Result result) {
    return receipt_of_look_up({result, nullptr, "because"}).code;
  };
  EXPECT_EQ(code(LookUp::Result::kKnown), Code::kAccepted);
  EXPECT_EQ(code(LookUp::Result::kUnknown), Code::kNotFound);
  EXPECT_EQ(code(LookUp::Result::kForbidden), Code::kForbidden);
  const Receipt away = receipt_of_look_up({LookUp::Result::kUnavailable, nullptr, "because"});
  EXPECT_EQ(away.code, Code::kUnavailable);
  EXPECT_EQ(away.reason_phrase, "because");
  EXPECT_EQ(away.retry_after, 1s);
}

TEST(Receipts, WhatIsNoJsonIsABadRequestAndTooManySamplesAreTooLarge) {
  EXPECT_EQ(receipt_of_check(absl::InvalidArgumentError("no JSON")).code, Code::kBadRequest);
  EXPECT_EQ(receipt_of_check(absl::ResourceExhaustedError("11 samples")).code, Code::kTooLarge);
}

TEST(Receipts, SayTheLimit) {
  EXPECT_THAT(body_too_large(7'000, 5'000).reason_phrase,
              testing::AllOf(HasSubstr("7000 bytes"), HasSubstr("5000")));
  LookUp look_up;
  look_up.identity = std::make_shared<registry_client::Identity>();
  look_up.rules.max_uploads_per_second = 2.5;
  const Receipt receipt = too_many(look_up, 1'200ms);
  EXPECT_EQ(receipt.code, Code::kTooManyRequests);
  EXPECT_THAT(receipt.reason_phrase, HasSubstr("more than 2.5 times a second"));
  EXPECT_EQ(receipt.retry_after, 2s);
}

TEST(Receipts, AMessageThatIsNotStoredIsToBeSentAgain) {
  EXPECT_EQ(receipt_of_publish(absl::OkStatus()).code, Code::kAccepted);
  for (const absl::Status& status :
       {absl::ResourceExhaustedError("full"), absl::CancelledError("stop"),
        absl::UnavailableError("away"), absl::DeadlineExceededError("silence")}) {
    const Receipt receipt = receipt_of_publish(status);
    EXPECT_EQ(receipt.code, Code::kUnavailable) << status;
    EXPECT_GE(receipt.retry_after, 1s) << status;
    EXPECT_FALSE(receipt.may_be_stored) << status;
    EXPECT_TRUE(receipt_of_publish(error::with_unknown_outcome(status)).may_be_stored) << status;
  }
}

}  // namespace
}  // namespace millrace::intake
