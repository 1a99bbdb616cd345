// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever the topic or path, reading it ends; what is read is within its bounds and stands
// in the path where it should; a refusal says why. Method: the input is a path, and once more what
// follows the token of a good one, which mutation rarely finds.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "lib/telemetry/resource_path.h"

namespace {

using millrace::telemetry::parse_resource_path;
using millrace::telemetry::ResourcePath;

void require(bool holds) {
  if (!holds) std::abort();
}

// The shortest path that says the same.
std::string path_of(const ResourcePath& path) {
  std::string text = fmt::format("kp1/{}/dcx/{}", path.app_version_name, path.token);
  text += path.kind == ResourcePath::Kind::kPlain ? fmt::format("/plain/{}", path.metric) : "/json";
  if (path.request_id) text += fmt::format("/{}", *path.request_id);
  return text;
}

void check(std::string_view text) {
  const auto path = parse_resource_path(text);
  if (!path.ok())
    return require(absl::IsNotFound(path.status()) && !path.status().message().empty());
  require(!path->app_version_name.empty() && path->app_version_name.size() <= 63);
  require(!path->token.empty() && path->token.size() <= 128);
  require((path->kind == ResourcePath::Kind::kPlain) == !path->metric.empty());
  require(path->request_id.value_or(0) >= 0);
  require(text.starts_with(fmt::format("kp1/{}/dcx/{}/", path->app_version_name, path->token)));

  const auto again = parse_resource_path(path_of(*path));
  require(again.ok() && path_of(*again) == path_of(*path));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check(text);
  check(fmt::format("kp1/demo-v1/dcx/token/{}", text));
  return 0;
}
