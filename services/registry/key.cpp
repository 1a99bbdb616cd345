// SPDX-License-Identifier: Apache-2.0
#include "registry/key.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error/error.h"
#include "registry/random.h"

namespace millrace::registry {
namespace {

absl::Status cannot_write(const std::string& path, int cause) {
  return absl::FailedPreconditionError(
      fmt::format("cannot write the API key to {}: {}; make its folder, or change the setting "
                  "admin-key-file",
                  path, std::strerror(cause)));
}

// 0 or errno.
int write_and_sync(int file, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) written += static_cast<std::size_t>(count);
  }
  return ::fsync(file) == 0 ? 0 : errno;
}

int sync_folder(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const int folder =
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return errno;
  const int failed = ::fsync(folder) == 0 ? 0 : errno;
  ::close(folder);
  return failed;
}

}  // namespace

std::string generate_key() {
  return "mr_" + random_text(40, kLettersAndDigits);
}

absl::Status write_key_file(const std::string& path, const std::string& key) {
  const std::string fresh = path + ".new";
  // What a killed process left behind; O_EXCL below refuses whatever else takes the name.
  ::unlink(fresh.c_str());
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return cannot_write(path, errno);
  int failed = write_and_sync(file, key + "\n");
  if (::close(file) != 0 && failed == 0) failed = errno;
  if (failed == 0 && ::rename(fresh.c_str(), path.c_str()) != 0) failed = errno;
  if (failed != 0) {
    ::unlink(fresh.c_str());
    return cannot_write(path, failed);
  }
  failed = sync_folder(path);
  return failed == 0 ? absl::OkStatus() : cannot_write(path, failed);
}

bool file_exists(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0;
}

}  // namespace millrace::registry
