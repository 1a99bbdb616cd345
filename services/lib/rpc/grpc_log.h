// SPDX-License-Identifier: Apache-2.0
//
// Where gRPC's own messages go: it writes lines of text to stderr, ours are JSON. Internal to
// lib/rpc.
#pragma once

#include "lib/log/log.h"

namespace millrace::rpc {

// While the object lives, errors of the gRPC library become limited warnings of `log`; everything
// else of it is dropped. The newest object of the process counts.
class GrpcLog {
 public:
  explicit GrpcLog(log::Logger& log);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;

 private:
  log::Logger& log_;
};

}  // namespace millrace::rpc
