// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/gather.h"

#include <gmock/gmock.h>

#include "lib/bus/fake_wire.h"

namespace millrace::bus {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class GatherTest : public testing::Test {
 protected:
  std::vector<std::string> gathered() {
    const auto answers = gather(wire_, "who", "?", std::chrono::milliseconds{500}, outside_.clock);
    EXPECT_TRUE(answers.ok()) << answers.status();
    return answers.value_or(std::vector<std::string>{});
  }

  FakeOutside outside_;
  FakeWire wire_{outside_.clock};
};

TEST_F(GatherTest, TakesEveryAnswerOfTheWait) {
  wire_.on_send([this](const Outgoing& question) {
    EXPECT_EQ(question.subject, "who");
    EXPECT_EQ(question.payload, "?");
    EXPECT_THAT(question.reply_to, testing::StartsWith("_INBOX."));
    for (const char* name : {"a", "b", "c"}) wire_.put_into_inbox({"", name, "", kNoStatus, ""});
  });
  const auto begun = outside_.clock.instant();
  EXPECT_THAT(gathered(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(outside_.clock.instant() - begun, std::chrono::milliseconds{500});
}

TEST_F(GatherTest, DoesNotWaitWhereNobodyListens) {
  wire_.put_into_inbox({"", "", "", kNoResponders, ""});
  const auto begun = outside_.clock.instant();
  EXPECT_THAT(gathered(), IsEmpty());
  EXPECT_EQ(outside_.clock.instant(), begun);
}

TEST_F(GatherTest, EndsAtItsBound) {
  for (std::size_t i = 0; i < kMaxGatheredAnswers + 5; ++i)
    wire_.put_into_inbox({"", "x", "", kNoStatus, ""});
  EXPECT_EQ(gathered().size(), kMaxGatheredAnswers);
}

TEST_F(GatherTest, CannotAskWithoutAConnection) {
  wire_.set_connected(false);
  EXPECT_TRUE(absl::IsUnavailable(
      gather(wire_, "who", "?", std::chrono::milliseconds{500}, outside_.clock).status()));
}

}  // namespace
}  // namespace millrace::bus
