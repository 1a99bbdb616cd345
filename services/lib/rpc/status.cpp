// SPDX-License-Identifier: Apache-2.0
#include "lib/error/error.h"
#include "lib/rpc/server.h"

namespace millrace::rpc {

grpc::Status to_grpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), error::message(status)};
}

absl::Status from_grpc(const grpc::Status& status) {
  const int code = status.error_code();
  const bool known = code >= 0 && code <= static_cast<int>(grpc::StatusCode::UNAUTHENTICATED);
  return {known ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown,
          status.error_message()};
}

}  // namespace millrace::rpc
