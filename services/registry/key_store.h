// SPDX-License-Identifier: Apache-2.0
//
// SQL for API keys. Only their SHA-256 is stored.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/pool.h"
#include "lib/rpc/server.h"
#include "registry/key_limits.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

// Keys that are valid at once, and revoked ones that are listed (the newest).
inline constexpr int kMaxKeys = 1000;
inline constexpr char kAdminKeyName[] = "admin";

// Safe to use from any thread.
class KeyStore {
 public:
  explicit KeyStore(postgres::Pool& pool) : pool_(pool) {}

  // kNotFound: an application it is to be bound to does not exist.
  absl::StatusOr<v1::ApiKey> create(const std::string& name, const std::string& sha256,
                                    const KeyLimits& limits = {});
  absl::StatusOr<std::vector<v1::ApiKey>> list();
  // Also a revoked one. kNotFound: there never was such a key.
  absl::StatusOr<v1::ApiKey> get(std::int64_t key_id);
  // A key that is revoked already is returned as it is. kFailedPrecondition: the last valid
  // one with the role admin.
  absl::StatusOr<v1::ApiKey> revoke(std::int64_t key_id);
  // Nothing: unknown or revoked.
  absl::StatusOr<std::optional<rpc::Caller>> find(const std::string& sha256);

  struct AdminKey {
    std::string sha256;
    // Revoke the key named admin that there may be, instead of leaving everything as it is when
    // there is any key.
    bool reset = false;
    // Hands the key to its owner; when it fails, no key is created.
    std::function<absl::Status()> hand_over;
  };
  struct AdminKeyResult {
    bool created = false;
    std::vector<std::int64_t> revoked_ids;
  };
  // Replicas may call it at once: one of them creates the first key.
  absl::StatusOr<AdminKeyResult> ensure_admin_key(const AdminKey& key);

 private:
  postgres::Pool& pool_;
};

}  // namespace millrace::registry
