// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: whatever a device writes as MQTT topic or HTTP path, what is taken of it has
// the form that all else relies on: names within their alphabet and length, which stand in
// subjects, logs and SQL; and a path that is built from them means the same again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/telemetry/resource_path.h"

namespace {

using millrace::telemetry::parse_resource_path;
using millrace::telemetry::ResourcePath;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string built_from(const ResourcePath& path) {
  std::string text = "kp1/" + path.app_version_name + "/dcx/" + path.token;
  text += path.kind == ResourcePath::Kind::kJson ? "/json" : "/plain/" + path.metric;
  if (path.request_id.has_value()) text += '/' + std::to_string(*path.request_id);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto path = parse_resource_path({reinterpret_cast<const char*>(bytes), size});
  if (!path.ok()) return 0;
  require(!path->app_version_name.empty() && path->app_version_name.size() <= 63);
  require(path->app_version_name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") ==
          std::string::npos);
  require(!path->token.empty() && path->token.size() <= 128 && is_visible(path->token));
  require(path->token.find_first_of("+#/.") == std::string::npos);
  const bool is_plain = path->kind == ResourcePath::Kind::kPlain;
  require(is_plain != path->metric.empty());
  require(path->metric.size() <= 128 && is_visible(path->metric));
  require(path->request_id.value_or(0) >= 0);

  const auto again = parse_resource_path(built_from(*path));
  require(again.ok() && again->app_version_name == path->app_version_name);
  require(again->token == path->token && again->kind == path->kind);
  require(again->metric == path->metric && again->request_id == path->request_id);
  return 0;
}
