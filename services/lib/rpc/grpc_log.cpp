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
  Target& to = target();
  concurrency::MutexLock lock(to.mutex);
  if (to.log == nullptr) return;
  to.log->warning_limited("gRPC library reports an error", {{"error", args->message}});
}

}  // namespace

GrpcLog::GrpcLog(log::Logger& log) : log_(log) {
  {
    Target& to = target();
    concurrency::MutexLock lock(to.mutex);
    to.log = &log;
  }
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);  // the rest would be dropped after formatting
  gpr_set_log_function(forward);
}

GrpcLog::~GrpcLog() {
  Target& to = target();
  concurrency::MutexLock lock(to.mutex);
  if (to.log == &log_) to.log = nullptr;
}

}  // namespace millrace::rpc
