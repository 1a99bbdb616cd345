// SPDX-License-Identifier: Apache-2.0
#include "gateway/rpc_methods.h"

#include <memory>
#include <set>

#include <fmt/format.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include "millrace/query/v1/query.pb.h"
#include "millrace/registry/v1/registry.pb.h"

namespace millrace::gateway {
namespace {

namespace pb = google::protobuf;

constexpr char kTypePrefix[] = "type.googleapis.com";

// The files, by one of their messages: a file whose code nobody mentions is not linked.
std::vector<const pb::FileDescriptor*> files() {
  return {query::v1::ListTimeSeriesRequest::descriptor()->file(),
          registry::v1::GetApplicationRequest::descriptor()->file()};
}

pb::util::TypeResolver* types() {
  static const std::unique_ptr<pb::util::TypeResolver> kTypes(
      pb::util::NewTypeResolverForDescriptorPool(kTypePrefix,
                                                 pb::DescriptorPool::generated_pool()));
  return kTypes.get();
}

std::string url_of(const pb::Descriptor& type) {
  return fmt::format("{}/{}", kTypePrefix, type.full_name());
}

}  // namespace

RpcMethods::RpcMethods(const Upstreams& upstreams) {
  for (const pb::FileDescriptor* file : files()) {
    for (int s = 0; s < file->service_count(); ++s) {
      const pb::ServiceDescriptor& service = *file->service(s);
      rpc::GenericCaller* const caller = upstreams.of_service(service.full_name());
      if (caller == nullptr) continue;
      for (int m = 0; m < service.method_count(); ++m) {
        const pb::MethodDescriptor& method = *service.method(m);
        const std::string path = fmt::format("/{}/{}", service.full_name(), method.name());
        methods_[path] = {path, fmt::format("{}.{}", service.name(), method.name()), &method,
                          caller};
      }
    }
  }
}

const RpcMethod* RpcMethods::find(const std::string& path) const {
  const auto found = methods_.find(path);
  return found == methods_.end() ? nullptr : &found->second;
}

std::vector<std::string> RpcMethods::services() const {
  std::set<std::string> names;
  for (const auto& [path, method] : methods_) {
    names.insert(method.descriptor->service()->full_name());
  }
  return {names.begin(), names.end()};
}

absl::StatusOr<std::string> json_to_message(const pb::Descriptor& type, std::string_view json) {
  std::string bytes;
  const auto status = pb::util::JsonToBinaryString(
      types(), url_of(type), {json.data(), json.size()}, &bytes, pb::util::JsonParseOptions());
  if (status.ok()) return bytes;
  return absl::InvalidArgumentError(fmt::format("cannot read the request as JSON of {}: {}",
                                                type.full_name(), std::string(status.message())));
}

absl::StatusOr<std::string> message_to_json(const pb::Descriptor& type, const std::string& bytes) {
  std::string json;
  const auto status = pb::util::BinaryToJsonString(types(), url_of(type), bytes, &json,
                                                   pb::util::JsonPrintOptions());
  if (status.ok()) return json;
  return absl::InternalError(fmt::format("cannot write an answer of {} as JSON: {}",
                                         type.full_name(), std::string(status.message())));
}

absl::Status check_message(const pb::Descriptor& type, std::string_view bytes) {
  const pb::Message* const prototype = pb::MessageFactory::generated_factory()->GetPrototype(&type);
  const std::unique_ptr<pb::Message> message(prototype->New());
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(fmt::format(
      "cannot read the request: its {} bytes are no message {}", bytes.size(), type.full_name()));
}

}  // namespace millrace::gateway
