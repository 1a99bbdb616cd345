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
  if (connection_ != nullptr) connection_->answer_nothing();
}

void Exchange::answer(const web::http::http_response& made_by_cpprest) {
  const auto connection = std::exchange(connection_, nullptr);
  if (connection == nullptr) return;
  connection->answer(prepared_.has_value() ? *std::move(prepared_) : to_value(made_by_cpprest));
}

web::http::http_request to_cpprest(ReceivedRequest received) {
  const std::string method = received.request.method;
  auto request =
      web::http::http_request::_create_request(std::make_unique<Exchange>(std::move(received)));
  request.set_method(method);
  return request;
}

Exchange* exchange_of(const web::http::http_request& from) {
  return static_cast<Exchange*>(from._get_server_context());
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
  static_cast<Exchange*>(response._get_server_context())->answer(response);
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
