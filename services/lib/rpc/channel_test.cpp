// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/channel.h"

#include <gmock/gmock.h>
#include <grpc/support/time.h>
#include <grpcpp/test/client_context_test_peer.h>

#include "lib/error/error.h"

namespace millrace::rpc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::multimap<std::string, std::string> metadata_of(const Channel& channel) {
  grpc::ClientContext context;
  channel.prepare(context);
  return grpc::testing::ClientContextTestPeer(&context).GetSendInitialMetadata();
}

TEST(RpcChannel, EveryCallCarriesTheKey) {
  EXPECT_THAT(metadata_of(Channel({"127.0.0.1:1", "mr_x"})),
              UnorderedElementsAre(Pair("authorization", "Bearer mr_x")));
  EXPECT_TRUE(metadata_of(Channel({"127.0.0.1:1", ""})).empty());
}

TEST(RpcChannel, EveryCallHasADeadlineUnlessThereIsNone) {
  const auto has_deadline = [](std::chrono::milliseconds deadline) {
    grpc::ClientContext context;
    Channel({"127.0.0.1:1", "", deadline}).prepare(context);
    const gpr_timespec set = context.raw_deadline();
    return gpr_time_cmp(set, gpr_inf_future(set.clock_type)) != 0;
  };
  EXPECT_TRUE(has_deadline(std::chrono::seconds{1}));
  EXPECT_FALSE(has_deadline(std::chrono::seconds{0}));
}

TEST(RpcChannel, SaysWhichServerCouldNotBeReached) {
  const Channel channel({"example:50052", "", std::chrono::milliseconds{1500}});
  const auto status_of = [&channel](grpc::StatusCode code) {
    return channel.status_of(grpc::Status(code, "cause"));
  };
  const absl::Status away = status_of(grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(error::message(away), "cannot call example:50052: cause");
  EXPECT_THAT(error::message(status_of(grpc::StatusCode::DEADLINE_EXCEEDED)),
              AllOf(HasSubstr("example:50052"), HasSubstr("1500 ms")));
  EXPECT_THAT(error::message(status_of(grpc::StatusCode::UNIMPLEMENTED)),
              HasSubstr("is it the right service"));
}

TEST(RpcChannel, LeavesTheServersOwnWordsAlone) {
  const Channel channel({"example:50052", ""});
  const grpc::Status refused(grpc::StatusCode::NOT_FOUND, "cannot find application \"x\"");
  EXPECT_EQ(error::message(channel.status_of(refused)), "cannot find application \"x\"");
  EXPECT_TRUE(channel.status_of(grpc::Status::OK).ok());
}

}  // namespace
}  // namespace millrace::rpc
