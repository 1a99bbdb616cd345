// SPDX-License-Identifier: Apache-2.0
//
// Between generic_call.h's bytes and gRPC's classes. Internal to lib/rpc. Pure.
#pragma once

#include <string>

#include <absl/status/status.h>
#include <grpcpp/grpcpp.h>

#include "lib/rpc/generic_call.h"

namespace millrace::rpc {

grpc::ByteBuffer to_buffer(const std::string& bytes);
std::string to_bytes(const grpc::ByteBuffer& buffer);

// gRPC ends the process when it is given metadata that cannot be sent: kInvalidArgument names it.
absl::Status check_metadata(const Metadata& metadata);

// Metadata and deadline of `request`.
void prepare(grpc::ClientContext& context, const GenericRequest& request);

// Of a call that has ended, without gRPC's own and binary ones.
Metadata trailers_of(const grpc::ClientContext& context);

// With error::retry_after() where `trailers` say when to try again.
absl::Status with_pushback(const absl::Status& status, const Metadata& trailers);

}  // namespace millrace::rpc
