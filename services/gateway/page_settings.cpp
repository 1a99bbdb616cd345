// SPDX-License-Identifier: Apache-2.0
#include "gateway/page_settings.h"

#include <fmt/format.h>

#include "gateway/answer.h"

namespace millrace::gateway {
namespace {

std::string settings_json(const DeviceUrls& urls) {
  std::string json;
  if (!urls.http.empty()) json += fmt::format(R"("deviceHttpUrl":{},)", json_quoted(urls.http));
  if (!urls.mqtt.empty()) json += fmt::format(R"("deviceMqttUrl":{},)", json_quoted(urls.mqtt));
  return fmt::format(R"({{{}"version":{}}})", json, json_quoted(MILLRACE_VERSION));
}

}  // namespace

http::Handler make_page_settings(const DeviceUrls& urls) {
  return [json = settings_json(urls)](const http::Request& request, const http::Reply& reply) {
    if (request.method != "GET" && request.method != "HEAD") {
      return reply(method_not_allowed(request.method, "GET, HEAD"));
    }
    http::Response response;
    response.content_type = "application/json";
    response.headers.add("Cache-Control", "no-cache");
    response.body = json;
    reply(std::move(response));
  };
}

}  // namespace millrace::gateway
