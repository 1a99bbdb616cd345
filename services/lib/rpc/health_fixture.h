// SPDX-License-Identifier: Apache-2.0
//
// For tests: a call to a server that has no service of ours.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include "lib/rpc/channel.h"

namespace millrace::rpc {

// The answer of the standard health service: its bytes hold field 1, 1 SERVING or 2 NOT_SERVING.
inline absl::StatusOr<std::string> health_of(const Channel& channel) {
  grpc::ClientContext context;
  channel.prepare(context);
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel.grpc());
  const grpc::Slice no_bytes;  // the request asks for the whole server
  const grpc::ByteBuffer request(&no_bytes, 1);
  const auto call =
      stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return channel.status_of(status);
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(answer.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace millrace::rpc
