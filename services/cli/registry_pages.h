// SPDX-License-Identifier: Apache-2.0
//
// Follows the page tokens of the registry's lists, so that a command shows all of it at once.
#pragma once

#include <functional>

#include "cli/session.h"
#include "lib/error/error.h"

namespace millrace::cli {

inline constexpr int kRegistryPageSize = 1000;

// `call` asks for one page. The pages are merged into one response with an empty token.
template <class Request, class Response>
absl::StatusOr<Response> all_pages(Session& session, Request request,
                                   grpc::Status (registry::v1::Registry::Stub::*call)(
                                       grpc::ClientContext*, const Request&, Response*)) {
  Response all;
  request.set_page_size(kRegistryPageSize);
  do {
    MILLRACE_ASSIGN_OR_RETURN(
        Response page,
        session.ask_registry<Response>([&](auto& stub, auto& context, Response& response) {
          return (stub.*call)(&context, request, &response);
        }));
    request.set_page_token(page.next_page_token());
    page.clear_next_page_token();
    all.MergeFrom(page);
  } while (!request.page_token().empty());
  return all;
}

}  // namespace millrace::cli
