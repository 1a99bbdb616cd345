// SPDX-License-Identifier: Apache-2.0
#include "gateway/routes.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "gateway/answer.h"

namespace millrace::gateway {
namespace {

constexpr int kForbidden = 403;
constexpr int kMisdirected = 421;

// /package.Service/Method: a dot in the first segment, and one more behind it.
bool is_grpc_path(std::string_view path) {
  const std::size_t second = path.find('/', 1);
  return second != std::string_view::npos &&
         path.substr(0, second).find('.') != std::string_view::npos &&
         path.find('/', second + 1) == std::string_view::npos && second + 1 < path.size();
}

bool is_epts_path(std::string_view path) {
  return path.starts_with("/api/") || path.starts_with("/epts/api/");
}

class Router {
 public:
  Router(Parts parts, AllowedSites sites, bool over_tls)
      : parts_(std::move(parts)),
        sites_(std::move(sites)),
        cors_(cors_rules(sites_)),
        over_tls_(over_tls) {}

  void handle(http::Request request, const http::Reply& reply) const {
    const std::string origin(request.headers.get("Origin"));
    http::Reply finish = [this, origin, reply](http::Response response) {
      http::allow_origin(cors_, origin, response);
      add_security_headers(response, over_tls_);
      reply(std::move(response));
    };
    if (!names_allowed_host(request, sites_)) {
      return finish(error_answer(
          kMisdirected, fmt::format("cannot answer for the host \"{}\"; the gateway's setting "
                                    "allowed-hosts says by which names it is addressed",
                                    request.headers.get("Host"))));
    }
    const http::Handler* const api = api_of(request.path);
    if (api == nullptr) return parts_.files(std::move(request), std::move(finish));
    if (const std::optional<std::string> fault = cross_site_fault(request, sites_)) {
      return finish(error_answer(kForbidden, *fault));
    }
    if (http::is_preflight(request)) return finish(http::preflight_answer(cors_));
    (*api)(std::move(request), std::move(finish));
  }

 private:
  const http::Handler* api_of(std::string_view path) const {
    if (is_epts_path(path)) return &parts_.epts;
    if (is_grpc_path(path)) return &parts_.connect;
    return path == "/config.json" ? &parts_.settings : nullptr;
  }

  const Parts parts_;
  const AllowedSites sites_;
  const http::CorsRules cors_;
  const bool over_tls_;
};

}  // namespace

http::Handler make_routes(Parts parts, AllowedSites sites, bool over_tls) {
  const auto router = std::make_shared<Router>(std::move(parts), std::move(sites), over_tls);
  return [router](http::Request request, const http::Reply& reply) {
    router->handle(std::move(request), reply);
  };
}

}  // namespace millrace::gateway
