// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/server.h"

#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/rpc/health_fixture.h"

namespace millrace::rpc {
namespace {

using ::testing::HasSubstr;

class RpcServer : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Server>> start(const std::string& host, int port) {
    ServerOptions options;
    options.listen = {host, static_cast<std::uint16_t>(port)};
    return Server::start(options, {}, platform_);
  }

  log::Logger log_{"test", log::Level::kError};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::ManualClock clock_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
};

TEST_F(RpcServer, ServesHealthOnAPortOfTheSystemsChoice) {
  auto server = start("127.0.0.1", 0);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_GT((*server)->port(), 0);
  const Channel channel({fmt::format("127.0.0.1:{}", (*server)->port()), "key"});
  EXPECT_EQ(*health_of(channel), "\x08\x02") << "NOT_SERVING at first";
  (*server)->set_serving(true);
  EXPECT_EQ(*health_of(channel), "\x08\x01");
}

TEST_F(RpcServer, NamesAnOccupiedPortAndItsSetting) {
  auto server = start("127.0.0.1", 0);
  const absl::Status second = start("127.0.0.1", (*server)->port()).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(second),
              HasSubstr(fmt::format("cannot listen on 127.0.0.1:{} for gRPC: Address already in "
                                    "use; free it or change the setting grpc-listen",
                                    (*server)->port())));
}

TEST_F(RpcServer, NamesAnAddressThatIsNotOurs) {
  EXPECT_THAT(error::message(start("192.0.2.1", 0).status()),
              HasSubstr("Cannot assign requested address"));
  EXPECT_THAT(error::message(start("no.such.host.invalid", 0).status()),
              HasSubstr("no.such.host.invalid:0"));
}

TEST_F(RpcServer, ThePortIsFreeAfterStop) {
  auto server = start("127.0.0.1", 0);
  const int port = (*server)->port();
  (*server)->stop(std::chrono::milliseconds{0});
  (*server)->stop(std::chrono::milliseconds{0});
  EXPECT_TRUE(start("127.0.0.1", port).ok());
}

TEST_F(RpcServer, MayBeToldOfHealthWhileItStopsAndAfterwards) {
  auto server = start("127.0.0.1", 0);
  {
    const std::jthread watch([&server](const std::stop_token& stop) {
      while (!stop.stop_requested()) (*server)->set_serving(true);
    });
    (*server)->stop(std::chrono::milliseconds{0});
  }
  (*server)->set_serving(true);
}

TEST_F(RpcServer, AnIdleClientDoesNotHoldUpTheStop) {
  auto server = start("127.0.0.1", 0);
  const Channel channel({fmt::format("127.0.0.1:{}", (*server)->port()), ""});
  ASSERT_TRUE(health_of(channel).ok()) << "the connection is open now";
  (*server)->stop(std::chrono::hours{1});  // would take the hour
}

}  // namespace
}  // namespace millrace::rpc
