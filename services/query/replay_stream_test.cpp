// SPDX-License-Identifier: Apache-2.0
#include "query/replay_stream.h"

#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Answers from another thread, as a publisher does.
class FakePublisher final : public bus::Publisher {
 public:
  std::vector<std::string> taken;  // "id subject payload"
  std::string refused;             // ids that are not taken
  std::string failing;

  absl::Status publish(const std::string&, std::string, const std::optional<trace::TraceContext>&,
                       Done) override {
    return absl::UnimplementedError("replays have ids of their own");
  }
  absl::Status publish_as(std::string id, const std::string& subject, std::string payload,
                          Done done) override {
    if (id == refused) return absl::ResourceExhaustedError("too many");
    taken.push_back(id + " " + subject + " " + payload);
    const bool fails = id == failing;
    threads_.emplace_back([fails, done = std::move(done)] {
      done(fails ? absl::UnavailableError("no acknowledgement") : absl::OkStatus());
    });
    return absl::OkStatus();
  }
  std::size_t in_flight() const override { return 0; }

 private:
  std::vector<std::jthread> threads_;
};

TEST(ReplayStream, ReturnsWhenAllOfItIsInTheStream) {
  FakePublisher publisher;
  EXPECT_TRUE(ReplayStream(publisher).put({{"1", "a"}, {"2", "b"}}).ok());
  const std::string subject =
      " kaa.v1.events.query.endpoint.data-collection.data-samples-received.0 ";
  EXPECT_THAT(publisher.taken, ElementsAre("1" + subject + "a", "2" + subject + "b"));
  EXPECT_TRUE(ReplayStream(publisher).put({}).ok());
}

TEST(ReplayStream, TellsTheFirstFailureAfterAllHaveEnded) {
  FakePublisher publisher;
  publisher.failing = "2";
  const absl::Status failed = ReplayStream(publisher).put({{"1", "a"}, {"2", "b"}, {"3", "c"}});
  EXPECT_TRUE(absl::IsUnavailable(failed));
  EXPECT_THAT(error::message(failed), HasSubstr("rejected samples into the stream: no ack"));
  EXPECT_EQ(publisher.taken.size(), 3U);
}

TEST(ReplayStream, ARefusalIsAFailureToo) {
  FakePublisher publisher;
  publisher.refused = "1";
  EXPECT_TRUE(absl::IsResourceExhausted(ReplayStream(publisher).put({{"1", "a"}, {"2", "b"}})));
}

}  // namespace
}  // namespace millrace::query
