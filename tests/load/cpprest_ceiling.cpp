// SPDX-License-Identifier: Apache-2.0
//
// The ceiling beside the HTTP receiver: cpprestsdk as people use it, its http_listener on the
// server that comes with it, with a handler that does nothing but answer 200. Prints the port it
// got as a JSON line and serves until SIGTERM, or for ten minutes at most; load comes from
// http_load.
#include <csignal>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define _TURN_OFF_PLATFORM_STRING
#include <CLI/CLI.hpp>
#include <cpprest/http_listener.h>
#include <fmt/format.h>
#include <pplx/threadpool.h>

namespace {

constexpr std::time_t kMostSeconds = 600;

// cpprestsdk cannot tell the port it got for port 0.
int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool got = ::bind(socket, generic, size) == 0 && ::getsockname(socket, generic, &size) == 0;
  ::close(socket);
  return got ? ntohs(address.sin_port) : 0;
}

int serve(int threads) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before there are other threads
  if (threads > 0) {
    crossplat::threadpool::initialize_with_threads(static_cast<std::size_t>(threads));
  }
  const int port = free_port();
  web::http::experimental::listener::http_listener listener(
      fmt::format("http://127.0.0.1:{}/", port));
  listener.support([](const web::http::http_request& request) { request.reply(200); });
  listener.open().wait();
  fmt::print("{{\"program\":\"cpprest_ceiling\",\"port\":{},\"pid\":{}}}\n", port, ::getpid());
  std::fflush(stdout);
  const timespec most{kMostSeconds, 0};
  ::sigtimedwait(&ending, nullptr, &most);
  listener.close().wait();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 0;
  CLI::App app("cpprestsdk's listener with an empty handler, on this machine only");
  app.add_option("--threads", threads, "of cpprestsdk's pool; 0: as many as it takes itself (40)")
      ->check(CLI::Range(0, 256));
  CLI11_PARSE(app, argc, argv);
  try {
    return serve(threads);
  } catch (const std::exception& error) {
    std::cerr << "cpprest_ceiling: " << error.what() << "\n";
    return 1;
  }
}
