// SPDX-License-Identifier: Apache-2.0
#include "query/sample_stream.h"

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

  absl::Status publish(const std::string& subject, std::string payload,
                       const std::optional<trace::TraceContext>&, Done done) override {
    return publish_as("own", subject, std::move(payload), std::move(done));
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

TEST(SampleStream, ReturnsWhenAllOfItIsInTheStream) {
  FakePublisher publisher;
  EXPECT_TRUE(SampleStream(publisher).put("rejected samples", {{"1", "a"}, {"2", "b"}}).ok());
  const std::string subject =
      " kaa.v1.events.query.endpoint.data-collection.data-samples-received.0 ";
  EXPECT_THAT(publisher.taken, ElementsAre("1" + subject + "a", "2" + subject + "b"));
  EXPECT_TRUE(SampleStream(publisher).put("rejected samples", {}).ok());
}

TEST(SampleStream, AMessageWithoutAnIdGetsOneOfItsOwn) {
  FakePublisher publisher;
  EXPECT_TRUE(SampleStream(publisher).put("points", {{"", "a"}}).ok());
  ASSERT_EQ(publisher.taken.size(), 1U);
  EXPECT_THAT(publisher.taken[0], testing::StartsWith("own "));
}

TEST(SampleStream, TellsTheFirstFailureAfterAllHaveEnded) {
  FakePublisher publisher;
  publisher.failing = "2";
  const absl::Status failed =
      SampleStream(publisher).put("rejected samples", {{"1", "a"}, {"2", "b"}, {"3", "c"}});
  EXPECT_TRUE(absl::IsUnavailable(failed));
  EXPECT_THAT(error::message(failed), HasSubstr("rejected samples into the stream: no ack"));
  EXPECT_EQ(publisher.taken.size(), 3U);
}

TEST(SampleStream, ARefusalIsAFailureToo) {
  FakePublisher publisher;
  publisher.refused = "1";
  EXPECT_TRUE(absl::IsResourceExhausted(
      SampleStream(publisher).put("rejected samples", {{"1", "a"}, {"2", "b"}})));
}

}  // namespace
}  // namespace millrace::query
