// SPDX-License-Identifier: Apache-2.0
//
// What a request that cannot be read is answered.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <boost/beast/core/error.hpp>

#include "lib/http/server.h"

namespace millrace::http {

// Why a request is refused before it reaches the handler.
enum class Fault {
  kMalformed,
  kHeadTooLarge,
  kBodyTooLarge,
  kBodyTooSlow,
  kReceivingFull,
  kExpectation,
  kTransferCoding,
};
// In the order of Fault: for labels of metrics.
inline constexpr std::array<const char*, 7> kFaultNames{
    "malformed",      "head_too_large", "body_too_large", "body_too_slow",
    "receiving_full", "expectation",    "transfer_coding"};

struct Refusal {
  Fault fault = Fault::kMalformed;
  int status = 400;
  std::string reason;
};

// More fields than that: 431. Far more than any client sends; it bounds what comparing them costs.
inline constexpr std::size_t kMaxHeaderFields = 100;

// Whether the fault is the message's, not the socket's: only then there is somebody to answer.
bool is_message_error(const boost::beast::error_code& error);

Refusal refusal_of(const boost::beast::error_code& error, const ServerOptions& options);
Refusal too_many_fields();
Refusal no_uri();
Refusal unknown_expectation();
Refusal unknown_transfer_coding();
Refusal body_too_slow();
Refusal receiving_full();

}  // namespace millrace::http
