// SPDX-License-Identifier: Apache-2.0
#include "registry/settings.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::registry {
namespace {

using ::testing::HasSubstr;

absl::Status parse(Settings& settings, std::vector<const char*> flags,
                   const std::vector<std::string>& environment = {}) {
  flags.insert(flags.begin(), "millrace-registry");
  return declare(settings)
      .parse(static_cast<int>(flags.size()), flags.data(), environment, /*allow_migrate_only=*/true)
      .status();
}

TEST(RegistrySettings, AreUsableAsTheyAre) {
  Settings settings;
  EXPECT_TRUE(parse(settings, {}).ok());
  EXPECT_EQ(settings.grpc_listen.port, 50052);
  EXPECT_FALSE(settings.reset_admin_key);
}

TEST(RegistrySettings, ComeFromFlagsAndEnvironment) {
  Settings settings;
  ASSERT_TRUE(parse(settings, {"--grpc-listen=127.0.0.1:0", "--reset-admin-key=true"},
                    {"MILLRACE_ADMIN_KEY_FILE=/k", "MILLRACE_DATABASE_CONNECTIONS=3"})
                  .ok());
  EXPECT_EQ(settings.grpc_listen.port, 0);
  EXPECT_TRUE(settings.reset_admin_key);
  EXPECT_EQ(settings.admin_key_file, "/k");
  EXPECT_EQ(settings.database_connections, 3);
}

TEST(RegistrySettings, FaultsAreToldTogether) {
  Settings settings;
  const absl::Status faults = parse(settings, {"--database-connections=1", "--look-up-workers=0",
                                               "--grpc-threads=3", "--admin-key-file="});
  for (const char* name :
       {"database-connections", "look-up-workers", "grpc-threads", "admin-key-file"}) {
    EXPECT_THAT(error::message(faults), HasSubstr(name));
  }
}

TEST(RegistrySettings, ThePasswordIsNeverPrinted) {
  Settings settings;
  settings.database_url = "postgresql://registry:hunter2@db/millrace";
  EXPECT_THAT(declare(settings).print(false), ::testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace millrace::registry
