// SPDX-License-Identifier: Apache-2.0
//
// For tests only: what a loopback socket needs to play a PostgreSQL server that misbehaves.
#pragma once

#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace millrace::postgres {

// AuthenticationOk, ReadyForQuery.
inline constexpr std::string_view kWelcome{"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15};

// Listens on a free port of 127.0.0.1. Closing `socket` is the caller's.
struct PlayedListener {
  explicit PlayedListener(int backlog) : socket(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket, backlog);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    url = fmt::format("postgresql://tester@127.0.0.1:{}/db?sslmode=disable&gssencmode=disable",
                      ntohs(address.sin_port));
  }

  int socket;
  std::string url;
};

}  // namespace millrace::postgres
