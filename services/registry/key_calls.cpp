// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/field_rules.h"
#include "registry/key.h"
#include "registry/key_limits.h"
#include "registry/registry_handler.h"

namespace millrace::registry {

grpc::Status RegistryHandler::CreateApiKey(grpc::ServerContext* context,
                                           const v1::CreateApiKeyRequest* request,
                                           v1::CreateApiKeyResponse* response) {
  return run(
      *context, "CreateApiKey", rpc::Role::kAdmin, [&](const rpc::Caller& caller) -> absl::Status {
        MILLRACE_RETURN_IF_ERROR(check_key_name("name", request->name()));
        MILLRACE_ASSIGN_OR_RETURN(const KeyLimits limits, check_limits(*request));
        const std::string key = generate_key();
        MILLRACE_ASSIGN_OR_RETURN(*response->mutable_metadata(),
                                  keys_.create(request->name(), rpc::sha256(key), limits));
        response->set_key(key);
        log_.info("API key created",
                  {{"key_id", response->metadata().key_id()},
                   {"name", request->name()},
                   {"role", rpc::role_name(limits.role)},
                   {"applications", fmt::format("{}", fmt::join(limits.application_names, ","))},
                   {"by_key", caller.key_name}});
        return absl::OkStatus();
      });
}

grpc::Status RegistryHandler::ListApiKeys(grpc::ServerContext* context,
                                          const v1::ListApiKeysRequest*,
                                          v1::ListApiKeysResponse* response) {
  return run(*context, "ListApiKeys", rpc::Role::kAdmin, [&](const rpc::Caller&) -> absl::Status {
    MILLRACE_ASSIGN_OR_RETURN(const auto keys, keys_.list());
    response->mutable_api_keys()->Assign(keys.begin(), keys.end());
    return absl::OkStatus();
  });
}

grpc::Status RegistryHandler::RevokeApiKey(grpc::ServerContext* context,
                                           const v1::RevokeApiKeyRequest* request,
                                           v1::ApiKey* response) {
  return run(*context, "RevokeApiKey", rpc::Role::kAdmin,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_RETURN_IF_ERROR(check_id("key_id", request->key_id()));
               MILLRACE_ASSIGN_OR_RETURN(*response, keys_.revoke(request->key_id()));
               verifier_.forget({request->key_id()});
               log_.info("API key revoked", {{"key_id", request->key_id()},
                                             {"name", response->name()},
                                             {"by_key", caller.key_name}});
               return events_.keys_revoked({request->key_id()});
             });
}

grpc::Status RegistryHandler::GetOwnApiKey(grpc::ServerContext* context,
                                           const v1::GetOwnApiKeyRequest*, v1::ApiKey* response) {
  return run(*context, "GetOwnApiKey", rpc::Role::kReader,
             [&](const rpc::Caller& caller) -> absl::Status {
               MILLRACE_ASSIGN_OR_RETURN(*response, keys_.get(caller.key_id));
               return absl::OkStatus();
             });
}

}  // namespace millrace::registry
