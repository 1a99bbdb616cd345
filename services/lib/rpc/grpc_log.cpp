// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/grpc_log.h"

#include <grpc/support/log.h>

#include "lib/concurrency/mutex.h"

namespace millrace::rpc {
namespace {

// gRPC takes one plain function for the process, without a context: the only global of this folder.
struct Target {
  concurrency::Mutex mutex;
  log::Logger* log ABSL_GUARDED_BY(mutex) = nullptr;
};

Target& target() {
  static auto* const target = new Target;  // never destroyed: gRPC's threads may log to the end
  return *target;
}

void forward(gpr_log_func_args* args) {
  if (args->severity != GPR_LOG_SEVERITY_ERROR) return;
  concurrency::MutexLock lock(target().mutex);
  if (target().log == nullptr) return;
  target().log->warning_limited("gRPC library reports an error", {{"error", args->message}});
}

}  // namespace

GrpcLog::GrpcLog(log::Logger& log) : log_(log) {
  {
    concurrency::MutexLock lock(target().mutex);
    target().log = &log;
  }
  gpr_set_log_function(forward);
}

GrpcLog::~GrpcLog() {
  concurrency::MutexLock lock(target().mutex);
  if (target().log == &log_) target().log = nullptr;
}

}  // namespace millrace::rpc
