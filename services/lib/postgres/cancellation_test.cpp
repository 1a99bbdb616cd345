// SPDX-License-Identifier: Apache-2.0
//
// A postmaster that hangs: a loopback socket plays PostgreSQL. Against the real one:
// connection_itest.cpp.
#include "lib/postgres/cancellation.h"

#include <string_view>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/postgres/link.h"
#include "lib/postgres/played_server.h"

namespace millrace::postgres {
namespace {

using std::chrono::milliseconds;

// Welcomes one connection; takes no other, as a stopped postmaster does, until hang_up().
class HungServer {
 public:
  HungServer() {
    const PlayedListener listener(8);
    listener_ = listener.socket;
    options_.url = listener.url;
    welcome_ = std::jthread([this] {
      client_ = ::accept(listener_, nullptr, nullptr);
      char bytes[1024];
      if (::read(client_, bytes, sizeof bytes) > 0) {
        (void)!::write(client_, kWelcome.data(), kWelcome.size());
      }
    });
  }
  ~HungServer() {
    if (welcome_.joinable()) welcome_.join();
    hang_up();
    ::close(client_);
  }

  // Connections nobody accepted are reset.
  void hang_up() {
    if (listener_ >= 0) ::close(std::exchange(listener_, -1));
  }
  const ConnectionOptions& options() const { return options_; }
  void wait_until_welcomed() { welcome_.join(); }

 private:
  int listener_ = -1;
  int client_ = -1;
  ConnectionOptions options_;
  std::jthread welcome_;
};

TEST(Cancellation, NeitherAskingNorWaitingTakesAsLongAsThePostmaster) {
  HungServer server;
  const auto link = Link::open(server.options());
  ASSERT_TRUE(link.ok()) << link.status();
  server.wait_until_welcomed();
  Cancellation cancellation((*link)->connection());
  EXPECT_TRUE(cancellation.settle(milliseconds{0}));
  cancellation.request();
  cancellation.request();
  EXPECT_FALSE(cancellation.settle(milliseconds{20}));
  server.hang_up();
  EXPECT_TRUE(cancellation.settle(milliseconds{60'000}));
}

TEST(Cancellation, MayBeAskedAgainWhenNothingIsOnItsWay) {
  HungServer server;
  const auto link = Link::open(server.options());
  ASSERT_TRUE(link.ok()) << link.status();
  server.wait_until_welcomed();
  server.hang_up();
  Cancellation cancellation((*link)->connection());
  for (int i = 0; i < 3; ++i) {
    cancellation.request();
    EXPECT_TRUE(cancellation.settle(milliseconds{60'000}));
  }
}

}  // namespace
}  // namespace millrace::postgres
