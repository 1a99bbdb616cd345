// SPDX-License-Identifier: Apache-2.0
//
// The PROXY protocol, versions 1 (a line of text) and 2 (binary): what a TCP balancer puts before
// the bytes of a connection to say whose it is (haproxy.org, proxy-protocol.txt). Pure: bytes in, a
// header out. Comes first on the wire, before TLS.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>  // Boost 1.74's Asio uses std::exchange without it
#include <variant>

#include <boost/asio/ip/tcp.hpp>

namespace millrace::network {

// Of a header as a whole. Version 1 has 107 bytes at most. Version 2 may claim 65,551, most of them
// extensions (TLVs) that nobody sends at such a size; they are skipped unread.
inline constexpr std::size_t kMaxProxyHeaderBytes = 4096;

// Nothing is wrong so far, and every byte seen belongs to the header.
struct ProxyHeaderIncomplete {};

enum class ProxyFault {
  kMissing,    // the bytes begin like neither version
  kMalformed,  // they begin like one and go on otherwise
  kTooLong,    // a version 2 header above kMaxProxyHeaderBytes
};

struct ProxyHeader {
  std::size_t bytes = 0;  // of the header; the connection's own follow
  // Whose connection it is. nullopt: the balancer's own (a health check), or of a kind without an
  // address and port (UNKNOWN, UNIX sockets): the address of the socket stands.
  std::optional<boost::asio::ip::tcp::endpoint> source;
};

using ProxyParse = std::variant<ProxyHeaderIncomplete, ProxyFault, ProxyHeader>;

// `bytes`: what has come of the connection so far, from its first byte on.
ProxyParse parse_proxy_header(std::string_view bytes);

// For labels and logs: "missing", "malformed", "too_long".
std::string_view name(ProxyFault fault);

}  // namespace millrace::network
