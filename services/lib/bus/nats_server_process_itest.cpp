// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/bus/nats_server_process.h"

extern char** environ;

namespace millrace::bus {
namespace {

// Set once by main(), before any test.
std::string& program() {
  static std::string path = "nats-server";
  return path;
}

constexpr char kToken[] = "nats_itest";

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!bound) std::abort();
  return ntohs(address.sin_port);
}

}  // namespace

void NatsServerProcess::set_program(const std::string& path) {
  program() = path;
}

NatsServerProcess::NatsServerProcess(const std::string& extra) {
  std::string pattern = std::filesystem::temp_directory_path() / "millrace-bus-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  folder_ = pattern;
  const int port = free_port();
  url_ = fmt::format("nats://{}@127.0.0.1:{}", kToken, port);
  std::ofstream(folder_ + "/nats.conf") << fmt::format(
      "listen: \"127.0.0.1:{}\"\nauthorization {{ token: {} }}\n"
      "jetstream {{ store_dir: \"{}/js\" }}\nlog_file: \"{}/nats.log\"\n{}\n",
      port, kToken, folder_, folder_, extra);
  start();
}

NatsServerProcess::~NatsServerProcess() {
  if (pid_ != 0) kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void NatsServerProcess::start() {
  std::vector<std::string> words{program(), "-c", folder_ + "/nats.conf"};
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  if (posix_spawnp(&pid_, program().c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
    pid_ = 0;
    ADD_FAILURE() << "cannot start " << program() << "; name it with --nats-server=PATH";
    std::abort();
  }
}

void NatsServerProcess::signal(int number) const {
  ASSERT_EQ(::kill(pid_, number), 0);
}

void NatsServerProcess::kill() {
  signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void NatsServerProcess::suspend() {
  signal(SIGSTOP);
}

void NatsServerProcess::resume() {
  signal(SIGCONT);
}

std::unique_ptr<Connection> RealOutside::connect(const std::string& url) {
  auto connection = Connection::connect({url, "bus itest", false}, platform, std::stop_token());
  EXPECT_TRUE(connection.ok()) << connection.status();
  return *std::move(connection);
}

}  // namespace millrace::bus
