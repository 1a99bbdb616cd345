// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/time_zone.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <absl/strings/ascii.h>
#include <fmt/format.h>

namespace millrace::aggregation {
namespace {

// The longest name of the tz database has 32 characters.
constexpr std::size_t kMaxNameBytes = 64;
constexpr const char* kDatabase = "/usr/share/zoneinfo/";

// Abseil opens whatever file a name leads to: only what looks like Europe/Berlin or Etc/GMT+5, no
// path from the root and no way upwards.
bool is_well_formed(const std::string& name) {
  const auto allowed = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '_' || c == '-' ||
           c == '+';
  };
  return name.size() <= kMaxNameBytes && name.front() != '/' &&
         std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

absl::StatusOr<absl::TimeZone> load_time_zone(const std::string& name) {
  if (name.empty() || name == "UTC") return absl::UTCTimeZone();
  // Abseil remembers every name it was asked for, for ever, those that are none as well: it is
  // asked for files that are there, of which there are some hundred.
  std::error_code none;
  absl::TimeZone zone;
  if (is_well_formed(name) && std::filesystem::is_regular_file(kDatabase + name, none) &&
      absl::LoadTimeZone(name, &zone)) {
    return zone;
  }
  if (!std::filesystem::is_directory(kDatabase, none)) {
    return absl::InvalidArgumentError(
        "cannot be used: the machine of this service has no tz database; install Debian's tzdata, "
        "or leave it empty for UTC");
  }
  return absl::InvalidArgumentError(
      is_well_formed(name)
          ? fmt::format("is {}, which is no name of the tz database; names are as Europe/Berlin",
                        name)
          : std::string("is no name of the tz database; names are as Europe/Berlin"));
}

}  // namespace millrace::aggregation
