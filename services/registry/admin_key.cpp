// SPDX-License-Identifier: Apache-2.0
#include "registry/admin_key.h"

#include "lib/error/error.h"
#include "registry/key.h"

namespace millrace::registry {

absl::StatusOr<std::vector<std::int64_t>> ensure_admin_key(KeyStore& keys,
                                                           const AdminKeyOptions& options,
                                                           log::Logger& log) {
  const std::string key = generate_key();
  MILLRACE_ASSIGN_OR_RETURN(const KeyStore::AdminKeyResult result,
                            keys.ensure_admin_key({rpc::sha256(key), options.reset, [&] {
                                                     return write_key_file(options.file, key);
                                                   }}));
  if (result.created) {
    log.info("admin key written",
             {{"file", options.file}, {"name", kAdminKeyName}, {"reset", options.reset}});
  } else if (!file_exists(options.file)) {
    log.info("admin-key-file is not there",
             {{"file", options.file},
              {"hint",
               "keys exist, so none was written; whoever has none starts the registry once "
               "with --reset-admin-key=true"}});
  }
  return result.revoked_ids;
}

}  // namespace millrace::registry
