// SPDX-License-Identifier: Apache-2.0
//
// What it says to a server that never answers; whole exchanges: tests/service/test_cli.py.
#include "cli/mqtt_sender.h"

#include <string>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

// Takes connections and lets them wait: what a client sends is kept by the kernel.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const bare = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, bare, size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    EXPECT_EQ(::getsockname(socket_, bare, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }
  // Everything that the next client has sent before it gave up.
  std::string next_client() const {
    const int client = ::accept(socket_, nullptr, nullptr);
    EXPECT_GE(client, 0);
    std::string bytes(1024, '\0');
    const ssize_t count = ::recv(client, bytes.data(), bytes.size(), 0);
    ::close(client);
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
  }

 private:
  const int socket_;
  int port_ = 0;
};

// Of a CONNECT of MQTT 3.1.1: it follows the fixed header, the protocol's name, level, flags and
// keep-alive.
std::string client_id_of(const std::string& connect) {
  constexpr std::size_t kLengthAt = 12;
  if (connect.size() < kLengthAt + 2) {
    ADD_FAILURE() << "no CONNECT: " << ::testing::PrintToString(connect);
    return {};
  }
  return connect.substr(kLengthAt + 2, static_cast<unsigned char>(connect[kLengthAt + 1]));
}

// In containers all have the same process id. A server closes a connection whose client id comes
// again; one that is empty it makes unique itself.
TEST(MqttSender, SendersOfTheSameProcessIdDoNotEvictEachOther) {
  const SilentServer server;
  const time::SystemClock clock;
  SessionOptions options;
  options.mqtt_address = server.address();
  options.timeout = std::chrono::milliseconds{300};
  EXPECT_FALSE(send_over_mqtt(options, {"v", "t", "{}"}, clock).ok());
  EXPECT_FALSE(send_over_mqtt(options, {"v", "t", "{}"}, clock).ok());
  const std::string first = client_id_of(server.next_client());
  const std::string second = client_id_of(server.next_client());
  EXPECT_TRUE(first.empty() || first != second) << first;
}

TEST(MqttSender, AnUnusableAddressIsWrongUsage) {
  for (const char* address : {"", "localhost", "localhost:", "localhost:mqtt", "localhost:99999",
                              "localhost:0", "mqtt://localhost:1883", "::1"}) {
    SessionOptions options;
    options.mqtt_address = address;
    const auto answer = send_over_mqtt(options, {"v", "t", "{}"}, time::SystemClock());
    EXPECT_TRUE(is_wrong_usage(answer.status())) << address << ": " << answer.status();
    EXPECT_THAT(error::message(answer.status()), testing::HasSubstr(fmt::format("'{}'", address)));
  }
}

}  // namespace
}  // namespace millrace::cli
