// SPDX-License-Identifier: Apache-2.0
//
// Where our socket layer and cpprestsdk meet. cpprestsdk lets a program bring its own server
// beneath http_listener (http_server_api::register_server_api); CpprestDoor is that server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "lib/http/connection.h"
#include "lib/http/cpprest.h"
#include "lib/http/message.h"

namespace millrace::http {

// What cpprestsdk carries for us from a request to its answer.
class Exchange final : public web::http::details::_http_server_context {
 public:
  Exchange(std::shared_ptr<Connection> connection, std::string body)
      : connection_(std::move(connection)), body_(std::move(body)) {}
  // An exchange that nobody answered is answered with 500.
  ~Exchange() override;

  // With the body of stream_body(), where there is one.
  void answer(Response response);
  // Of the answer that comes next; goes around cpprestsdk's streams as the request's body does.
  void stream_body(std::shared_ptr<BodySource> source) { source_ = std::move(source); }
  // Of the request. It goes around cpprestsdk's streams: no copy, no task.
  std::string take_body() { return std::exchange(body_, {}); }

 private:
  std::shared_ptr<Connection> connection_;  // until answered
  std::string body_;
  std::shared_ptr<BodySource> source_;
};

// Throws web::uri_exception when the target is no URI.
web::http::http_request to_cpprest(RawRequest& raw);
// `from` must come from to_cpprest(RawRequest&); its body is taken.
Request to_value(const web::http::http_request& from);
// Without `from.stream`.
web::http::http_response to_cpprest(Response from);
Response to_value(const web::http::http_response& from);

// Learns which listener to hand requests to; the sockets are none of its business, because
// cpprestsdk owns it and deletes it when it likes.
class CpprestDoor final : public web::http::experimental::details::http_server {
 public:
  using Listener = web::http::experimental::listener::details::http_listener_impl;

  // `registered` is set while a listener is open, and must outlive the door.
  explicit CpprestDoor(Listener*& registered) : registered_(registered) {}

  pplx::task<void> start() override { return pplx::task_from_result(); }
  pplx::task<void> stop() override { return pplx::task_from_result(); }
  pplx::task<void> register_listener(Listener* listener) override {
    registered_ = listener;
    return pplx::task_from_result();
  }
  pplx::task<void> unregister_listener(Listener*) override {
    registered_ = nullptr;
    return pplx::task_from_result();
  }
  pplx::task<void> respond(web::http::http_response response) override;

 private:
  Listener*& registered_;
};

// Runs cpprestsdk's continuations at once on the thread that causes them: each is a few
// instructions, and its default, a pool of forty threads, costs a wake-up for every answer. Once in
// a process, before anything else of cpprestsdk.
void use_inline_scheduler();

}  // namespace millrace::http
