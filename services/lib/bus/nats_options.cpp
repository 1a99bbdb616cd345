// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/nats_options.h"

#include <chrono>

#include <fmt/format.h>

#include "lib/bus/nats_convert.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kConnectTimeout = seconds{2};
// Each try waits so long, plus up to the jitter: a restarted server is found within half a second,
// and a hundred clients do not come at one instant.
constexpr milliseconds kReconnectWait{100};
constexpr milliseconds kReconnectJitter{150};
// A server that hangs without closing its sockets is given up after two unanswered pings, and a
// write that it does not take in after this deadline.
constexpr milliseconds kPingInterval = seconds{5};
constexpr int kPingsOut = 2;
constexpr milliseconds kWriteDeadline = seconds{5};
// nats.c keeps publishes made between the loss and its notice, to send them later; more than this
// is refused. Small: what matters is repeated by the publisher, the rest is at most once.
constexpr int kReconnectBufferBytes = 1 << 20;

natsStatus set_servers(natsOptions* options, const std::vector<std::string>& urls) {
  std::vector<const char*> servers;
  servers.reserve(urls.size());
  for (const std::string& url : urls) servers.push_back(url.c_str());
  return natsOptions_SetServers(options, servers.data(), static_cast<int>(servers.size()));
}

natsStatus set_callbacks(natsOptions* options, const NatsCallbacks& callbacks) {
  void* const closure = callbacks.closure;
  natsStatus s = natsOptions_SetDisconnectedCB(options, callbacks.disconnected, closure);
  if (s == NATS_OK) s = natsOptions_SetReconnectedCB(options, callbacks.reconnected, closure);
  if (s == NATS_OK) s = natsOptions_SetClosedCB(options, callbacks.closed, closure);
  if (s == NATS_OK) s = natsOptions_SetErrorHandler(options, callbacks.failed, closure);
  return s;
}

natsStatus set_times(natsOptions* options) {
  natsStatus s = natsOptions_SetTimeout(options, nats_milliseconds(kConnectTimeout));
  if (s == NATS_OK) s = natsOptions_SetMaxReconnect(options, -1);
  if (s == NATS_OK) s = natsOptions_SetReconnectWait(options, nats_milliseconds(kReconnectWait));
  if (s == NATS_OK) {
    const auto jitter = nats_milliseconds(kReconnectJitter);
    s = natsOptions_SetReconnectJitter(options, jitter, jitter);
  }
  if (s == NATS_OK) s = natsOptions_SetPingInterval(options, nats_milliseconds(kPingInterval));
  if (s == NATS_OK) s = natsOptions_SetMaxPingsOut(options, kPingsOut);
  if (s == NATS_OK) s = natsOptions_SetWriteDeadline(options, nats_milliseconds(kWriteDeadline));
  return s;
}

}  // namespace

std::vector<std::string> split_urls(const std::string& urls) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : urls + ",") {
    if (c == ' ') continue;
    if (c != ',') {
      part.push_back(c);
      continue;
    }
    if (!part.empty()) parts.push_back(std::move(part));
    part.clear();
  }
  return parts;
}

absl::StatusOr<NatsOptions> make_nats_options(const ConnectionOptions& options,
                                              const NatsCallbacks& callbacks) {
  const std::vector<std::string> urls = split_urls(options.url);
  if (urls.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("cannot connect to NATS: '{}' names no server; set nats-url, as in "
                    "nats://127.0.0.1:4222",
                    options.url));
  }
  natsOptions* raw = nullptr;
  natsStatus s = natsOptions_Create(&raw);
  NatsOptions result(raw);
  if (s == NATS_OK) s = set_servers(raw, urls);
  if (s == NATS_OK && !options.client_name.empty()) {
    s = natsOptions_SetName(raw, options.client_name.c_str());
  }
  if (s == NATS_OK) s = set_times(raw);
  if (s == NATS_OK) s = natsOptions_SetReconnectBufSize(raw, kReconnectBufferBytes);
  // Otherwise nats.c gathers writes for a millisecond: five round trips to a server near by.
  if (s == NATS_OK) s = natsOptions_SetSendAsap(raw, !options.gather_writes);
  if (s == NATS_OK) s = set_callbacks(raw, callbacks);
  if (s != NATS_OK) return status_of_nats(s, "set the options of a NATS connection");
  return result;
}

}  // namespace millrace::bus
