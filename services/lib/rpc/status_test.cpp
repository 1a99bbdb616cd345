// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/rpc/server.h"

namespace millrace::rpc {
namespace {

TEST(RpcStatus, EveryCodeIsTheSameOnBothSides) {
  for (int code = 0; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), code == 0 ? "" : "why");
    const grpc::Status sent = to_grpc(status);
    EXPECT_EQ(static_cast<int>(sent.error_code()), code);
    EXPECT_EQ(from_grpc(sent), status);
  }
}

}  // namespace
}  // namespace millrace::rpc
