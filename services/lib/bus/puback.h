// SPDX-License-Identifier: Apache-2.0
//
// What JetStream's answer to a publish means: {"stream":"S","seq":7,"duplicate":true} or
// {"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},…}.
#pragma once

#include <cstdint>
#include <string_view>

#include <absl/status/status.h>

namespace millrace::bus {

struct PubAck {
  enum class Verdict {
    kStored,
    kDuplicate,   // an earlier publish with this id is in the stream
    kStreamFull,  // or the account's or server's storage, or its disk: nothing was stored
    kTryAgain,    // the server or the stream's leader is not ready, or an earlier publish with this
                  // id is on its way
    kRefused,     // the same message would be refused again
  };
  Verdict verdict = Verdict::kTryAgain;
  std::uint64_t stream_sequence = 0;  // with kStored and kDuplicate
  absl::Status status;                // why not, with the others
};

PubAck parse_puback(std::string_view json);

}  // namespace millrace::bus
