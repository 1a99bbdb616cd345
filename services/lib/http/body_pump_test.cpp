// SPDX-License-Identifier: Apache-2.0
#include "lib/http/body_pump.h"

#include <thread>

#include <gtest/gtest.h>

#include "lib/http/body_source_fixture.h"

namespace millrace::http {
namespace {

class BodyPumpTest : public testing::Test {
 protected:
  void pump(std::shared_ptr<BodySource> source) {
    pump_ = std::make_unique<BodyPump>(std::move(source), context_.get_executor(),
                                       [this](BodyPump::Piece piece) { on_piece(piece); });
  }
  // What the executor has to do now.
  void run() {
    context_.restart();
    context_.poll();
  }
  void on_piece(const BodyPump::Piece& piece) {
    if (!piece.ok()) {
      got_.push_back("error");
    } else {
      got_.push_back(piece->value_or("end"));
    }
    if (go_on_) pump_->ask();
  }

  boost::asio::io_context context_;
  std::unique_ptr<BodyPump> pump_;
  std::vector<std::string> got_;
  bool go_on_ = false;
};

TEST_F(BodyPumpTest, APieceComesOnTheExecutorAndNeverWithinTheQuestion) {
  pump(std::make_shared<ListSource>(std::vector<std::string>{"a"}));
  pump_->ask();
  EXPECT_TRUE(got_.empty());
  run();
  EXPECT_EQ(got_, std::vector<std::string>{"a"});
  pump_->ask();
  run();
  EXPECT_EQ(got_.back(), "end");
}

TEST_F(BodyPumpTest, ASourceThatAnswersAtOnceMakesNoDeepStack) {
  const std::size_t many = 200'000;
  pump(std::make_shared<ListSource>(std::vector<std::string>(many)));
  go_on_ = true;
  pump_->ask();
  run();
  EXPECT_EQ(got_.size(), many + 1);
}

TEST_F(BodyPumpTest, ASourceThatHasEndedIsNotCancelled) {
  for (const absl::Status& end : {absl::OkStatus(), absl::InternalError("x")}) {
    const auto source = std::make_shared<ListSource>(std::vector<std::string>{}, end);
    pump(source);
    pump_->ask();
    run();
    pump_->cancel();
    pump_.reset();
    EXPECT_FALSE(source->cancelled());
    EXPECT_EQ(source.use_count(), 1);
  }
}

TEST_F(BodyPumpTest, CancelsOnceAndTakesNothingAfterwards) {
  const auto source = std::make_shared<HeldSource>();
  pump(source);
  pump_->ask();
  const BodySource::Next owed = source->take();
  pump_->cancel();
  pump_.reset();
  EXPECT_EQ(source->cancelled(), 1);
  EXPECT_EQ(source.use_count(), 1);
  owed("late");
  run();
  EXPECT_TRUE(got_.empty());
}

TEST_F(BodyPumpTest, APieceOnItsWayIsDroppedByACancel) {
  const auto source = std::make_shared<HeldSource>();
  pump(source);
  pump_->ask();
  source->give("on its way");
  pump_->cancel();
  run();
  EXPECT_TRUE(got_.empty());
  EXPECT_EQ(source->cancelled(), 1);
}

TEST_F(BodyPumpTest, ASecondAnswerToOneQuestionIsDropped) {
  const auto source = std::make_shared<HeldSource>();
  pump(source);
  pump_->ask();
  const BodySource::Next done = source->take();
  std::jthread([&done] { done("first"); }).join();
  done("second");
  run();
  EXPECT_EQ(got_, std::vector<std::string>{"first"});
}

TEST_F(BodyPumpTest, AnAnswerMayOutliveTheExecutor) {
  const auto source = std::make_shared<HeldSource>();
  BodySource::Next owed;
  {
    boost::asio::io_context gone;
    BodyPump pump(source, gone.get_executor(), [](const BodyPump::Piece&) { FAIL(); });
    pump.ask();
    owed = source->take();
  }
  owed("nobody is there");
  EXPECT_EQ(source->cancelled(), 1);
}

}  // namespace
}  // namespace millrace::http
