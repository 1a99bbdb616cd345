// SPDX-License-Identifier: Apache-2.0
#include "gateway/connect_stream.h"

#include <gmock/gmock.h>

#include "gateway/caller_fixture.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {
namespace {

using ::testing::HasSubstr;
using Piece = absl::StatusOr<std::optional<std::string>>;

class ConnectStreamTest : public ::testing::Test {
 protected:
  std::shared_ptr<ConnectStream> make(Codec codec, const google::protobuf::Descriptor* type =
                                                       query::v1::DataPointsChunk::descriptor()) {
    return std::make_shared<ConnectStream>(
        std::make_unique<PlayedStream>(script_), *type, codec,
        [this](absl::StatusCode code) { ended_.push_back(code); });
  }
  // What `stream` answers, nothing yet being nullopt.
  std::optional<Piece> next(ConnectStream& stream) {
    answer_ = std::make_shared<std::optional<Piece>>();
    stream.next([answer = answer_](Piece piece) { *answer = std::move(piece); });
    return *answer_;
  }

  std::shared_ptr<PlayedStream::Script> script_ = std::make_shared<PlayedStream::Script>();
  std::shared_ptr<std::optional<Piece>> answer_;
  std::vector<absl::StatusCode> ended_;
};

std::string chunk(const std::string& endpoint_id) {
  query::v1::DataPointsChunk message;
  message.set_endpoint_id(endpoint_id);
  return message.SerializeAsString();
}

TEST_F(ConnectStreamTest, MessagesAreEnvelopesAndTheEndHasTheTrailers) {
  script_->trailers = {{"a", "b"}};
  script_->pieces = {Piece(chunk("e")), Piece(std::nullopt)};
  const auto stream = make(Codec::kProto);
  EXPECT_EQ(**next(*stream), envelope(chunk("e")));
  EXPECT_TRUE(ended_.empty());
  EXPECT_EQ(**next(*stream), end_of_stream(absl::OkStatus(), {{"a", "b"}}));
  EXPECT_EQ(ended_, std::vector{absl::StatusCode::kOk});
  EXPECT_EQ(**next(*stream), std::nullopt);
  EXPECT_EQ(script_->asked, 2);
}

TEST_F(ConnectStreamTest, JsonIsJson) {
  script_->pieces = {Piece(chunk("e"))};
  EXPECT_EQ(**next(*make(Codec::kJson)), envelope(R"({"endpointId":"e"})"));
}

TEST_F(ConnectStreamTest, AnErrorOfTheCallIsTheLastEnvelope) {
  script_->pieces = {Piece(absl::NotFoundError("no such application"))};
  const auto stream = make(Codec::kProto);
  EXPECT_EQ(**next(*stream), end_of_stream(absl::NotFoundError("no such application"), {}));
  EXPECT_EQ(**next(*stream), std::nullopt);
  EXPECT_EQ(ended_, std::vector{absl::StatusCode::kNotFound});
}

TEST_F(ConnectStreamTest, AMessageThatCannotBeWrittenEndsIt) {
  // JSON has no such time.
  query::v1::SubscribeResponse message;
  message.mutable_caught_up()->mutable_at()->set_seconds(std::int64_t{1} << 60);
  script_->pieces = {Piece(message.SerializeAsString())};
  const auto stream = make(Codec::kJson, query::v1::SubscribeResponse::descriptor());
  EXPECT_THAT(***next(*stream), HasSubstr(R"("code":"internal")"));
  EXPECT_TRUE(script_->cancelled);
}

TEST_F(ConnectStreamTest, TheStopOfTheGatewayEndsAStreamThatWaits) {
  const auto stream = make(Codec::kJson);
  EXPECT_EQ(next(*stream), std::nullopt);
  stream->end(absl::UnavailableError("the gateway is stopping"));
  ASSERT_TRUE(answer_->has_value());
  EXPECT_THAT(****answer_, HasSubstr(R"("code":"unavailable")"));
  EXPECT_TRUE(script_->cancelled);
  EXPECT_EQ(**next(*stream), std::nullopt);
  EXPECT_EQ(ended_, std::vector{absl::StatusCode::kUnavailable});
}

TEST_F(ConnectStreamTest, AndOneThatIsBeingSent) {
  const auto stream = make(Codec::kJson);
  stream->end(absl::UnavailableError("the gateway is stopping"));
  EXPECT_THAT(***next(*stream), HasSubstr(R"("code":"unavailable")"));
  EXPECT_EQ(**next(*stream), std::nullopt);
  EXPECT_EQ(script_->asked, 0);
}

TEST_F(ConnectStreamTest, AClientThatGoesEndsTheCall) {
  auto stream = make(Codec::kJson);
  EXPECT_EQ(next(*stream), std::nullopt);
  stream->cancel();
  EXPECT_TRUE(script_->cancelled);
  EXPECT_EQ(ended_, std::vector{absl::StatusCode::kCancelled});
  stream->end(absl::UnavailableError("late"));
  stream.reset();
  EXPECT_EQ(ended_.size(), 1U);
  EXPECT_TRUE(script_->destroyed);
}

TEST_F(ConnectStreamTest, OneThatNeverBeganIsToldOfToo) {
  make(Codec::kJson).reset();
  EXPECT_EQ(ended_, std::vector{absl::StatusCode::kCancelled});
}

}  // namespace
}  // namespace millrace::gateway
