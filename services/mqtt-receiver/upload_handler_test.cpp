// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/upload_handler.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

using ::testing::ElementsAre;

// Writes down what it is asked for, and accepts everything at once.
class RecordingIntake final : public intake::Intake {
 public:
  void submit(intake::Upload upload, std::function<void(const intake::Receipt&)> done) override {
    calls.push_back(upload.body);
    done({.code = intake::Receipt::Code::kAccepted});
  }
  void note(intake::OutsideRefusal) override {}
  bool drain(std::chrono::milliseconds /*deadline*/) override { return true; }

  std::vector<std::string> calls;

 private:
  void begin_burst() override { calls.emplace_back("begin"); }
  void end_burst() override { calls.emplace_back("end"); }
};

std::vector<Submission> submissions(const std::vector<std::string>& bodies) {
  std::vector<Submission> all;
  for (const std::string& body : bodies) {
    all.push_back({.upload_id = 1 + all.size(), .upload = {.path = {}, .body = body}});
  }
  return all;
}

TEST(UploadHandler, WhatWasReadTogetherIsOneBurst) {
  RecordingIntake intake;
  UploadHandler handler(intake);
  Mailbox mailbox([] {});
  std::vector<Submission> read = submissions({"a", "b"});
  handler.submit(read, {&mailbox, 7});
  EXPECT_THAT(intake.calls, ElementsAre("begin", "a", "b", "end"));
  Mail mail;
  mailbox.take(mail);
  ASSERT_EQ(mail.receipts.size(), 2U);
  EXPECT_EQ(mail.receipts[0].connection, 7U);
  EXPECT_EQ(mail.receipts[1].upload_id, 2U);
}

TEST(UploadHandler, NothingIsNoBurst) {
  RecordingIntake intake;
  UploadHandler handler(intake);
  Mailbox mailbox([] {});
  std::vector<Submission> read;
  handler.submit(read, {&mailbox, 7});
  EXPECT_TRUE(intake.calls.empty());
}

}  // namespace
}  // namespace millrace::mqtt_receiver
