// SPDX-License-Identifier: Apache-2.0
//
// The methods of all services behind the gateway, from the descriptors compiled into it: a method
// that is added to a .proto file is served without a line of code here.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>

#include "gateway/upstreams.h"

namespace millrace::gateway {

struct RpcMethod {
  std::string path;   // /millrace.query.v1.Query/ListTimeSeries: HTTP's and gRPC's
  std::string label;  // Query.ListTimeSeries
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  rpc::GenericCaller* caller = nullptr;

  bool is_stream() const { return descriptor->server_streaming(); }
};

// Does not change once made: safe to use from any thread.
class RpcMethods {
 public:
  // `upstreams` must outlive it.
  explicit RpcMethods(const Upstreams& upstreams);

  // nullptr: there is none.
  const RpcMethod* find(const std::string& path) const;
  std::vector<std::string> services() const;

 private:
  std::unordered_map<std::string, RpcMethod> methods_;  // by path
};

// Messages of those methods as proto3 JSON and back, by their types' full names. Fields that the
// JSON names and the type has not are refused: a filter that is misspelt must not mean "all".
// kInvalidArgument says where the fault is.
absl::StatusOr<std::string> json_to_message(const google::protobuf::Descriptor& type,
                                            std::string_view json);
absl::StatusOr<std::string> message_to_json(const google::protobuf::Descriptor& type,
                                            const std::string& bytes);
// kInvalidArgument: the bytes are no message of the type.
absl::Status check_message(const google::protobuf::Descriptor& type, std::string_view bytes);

}  // namespace millrace::gateway
