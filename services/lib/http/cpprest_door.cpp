// SPDX-License-Identifier: Apache-2.0
#include "lib/http/cpprest_door.h"

namespace millrace::http {
namespace {

#pragma GCC diagnostic push
// scheduler_interface has none; only shared_ptr's own deleter ever destroys one.
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class InlineScheduler final : public pplx::scheduler_interface {
 public:
  void schedule(pplx::TaskProc_t procedure, void* argument) override { procedure(argument); }
};
#pragma GCC diagnostic pop

}  // namespace

Exchange::~Exchange() {
  if (connection_ != nullptr) {
    connection_->answer_error(500, "the server gave no answer; try again");
  }
}

void Exchange::answer(Response response) {
  const auto connection = std::exchange(connection_, nullptr);
  if (connection == nullptr) return;
  response.stream = std::exchange(source_, nullptr);
  connection->answer(std::move(response));
}

web::http::http_request to_cpprest(RawRequest& raw) {
  // First what may throw: an Exchange that is given up answers its request.
  const auto target = raw.message.target();
  const web::uri uri(std::string(target.data(), target.size()));
  auto request = web::http::http_request::_create_request(
      std::make_unique<Exchange>(std::move(raw.connection), std::move(raw.message.body())));
  request.set_request_uri(uri);
  const auto method = raw.message.method_string();
  request.set_method(std::string(method.data(), method.size()));
  for (const auto& field : raw.message) {
    const auto name = field.name_string();
    const auto value = field.value();
    request.headers().add(std::string(name.data(), name.size()),
                          std::string(value.data(), value.size()));
  }
  return request;
}

Request to_value(const web::http::http_request& from) {
  Request request;
  request.method = from.method();
  request.path = from.request_uri().path();
  request.query = from.request_uri().query();
  for (const auto& [name, value] : from.headers()) request.headers.add(name, value);
  request.body = static_cast<Exchange*>(from._get_server_context())->take_body();
  return request;
}

web::http::http_response to_cpprest(Response from) {
  web::http::http_response response(static_cast<web::http::status_code>(from.status));
  for (const auto& [name, value] : from.headers.all()) response.headers().add(name, value);
  if (!from.body.empty()) {
    response.set_body(std::move(from.body), from.content_type);
  } else if (!from.content_type.empty()) {
    response.headers().set_content_type(from.content_type);
  }
  return response;
}

Response to_value(const web::http::http_response& from) {
  Response response;
  response.status = from.status_code();
  for (const auto& [name, value] : from.headers()) {
    if (name == web::http::header_names::content_type) {
      response.content_type = value;
    } else if (name != web::http::header_names::content_length) {
      response.headers.add(name, value);
    }
  }
  if (from.body()) {
    auto bytes = from.body().streambuf();
    response.body.resize(bytes.in_avail());
    const std::size_t got =
        bytes.getn(reinterpret_cast<std::uint8_t*>(response.body.data()), response.body.size())
            .get();
    response.body.resize(got);
  }
  return response;
}

pplx::task<void> CpprestDoor::respond(web::http::http_response response) {
  static_cast<Exchange*>(response._get_server_context())->answer(to_value(response));
  return pplx::task_from_result();
}

void use_inline_scheduler() {
  static const bool kDone = [] {
    pplx::set_ambient_scheduler(std::make_shared<InlineScheduler>());
    return true;
  }();
  static_cast<void>(kDone);
}

}  // namespace millrace::http
