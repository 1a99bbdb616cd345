// SPDX-License-Identifier: Apache-2.0
#include "registry/key.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error/error.h"

namespace millrace::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class KeyFile : public ::testing::Test {
 protected:
  KeyFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-key-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~KeyFile() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
};

TEST(Key, HasAPrefixAndFortyLettersAndDigits) {
  EXPECT_THAT(generate_key(), MatchesRegex("mr_[A-Za-z0-9]{40}"));
  EXPECT_NE(generate_key(), generate_key());
}

TEST_F(KeyFile, IsForItsOwnerOnly) {
  ASSERT_TRUE(write_key_file(path("admin.key"), "mr_x").ok());
  EXPECT_EQ(text_of(path("admin.key")), "mr_x\n");
  struct stat found {};
  ASSERT_EQ(::stat(path("admin.key").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST_F(KeyFile, ReplacesAnOlderOneAndLeavesNothingElse) {
  std::ofstream(path("admin.key")) << "old";
  std::ofstream(path("admin.key.new")) << "left behind by a kill";
  ASSERT_TRUE(write_key_file(path("admin.key"), "mr_y").ok());
  EXPECT_EQ(text_of(path("admin.key")), "mr_y\n");
  EXPECT_FALSE(file_exists(path("admin.key.new")));
}

TEST_F(KeyFile, SaysWhyItCannotBeWritten) {
  const absl::Status status = write_key_file(path("no-such-folder/admin.key"), "mr_x");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(error::message(status), HasSubstr("No such file or directory"));
  EXPECT_THAT(error::message(status), HasSubstr("admin-key-file"));
}

TEST_F(KeyFile, AFolderOfThatNameIsLeftAlone) {
  std::filesystem::create_directory(path("admin.key"));
  EXPECT_FALSE(write_key_file(path("admin.key"), "mr_x").ok());
  EXPECT_FALSE(file_exists(path("admin.key.new")));
  EXPECT_TRUE(std::filesystem::is_directory(path("admin.key")));
}

}  // namespace
}  // namespace millrace::registry
