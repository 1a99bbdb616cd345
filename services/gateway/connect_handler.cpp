// SPDX-License-Identifier: Apache-2.0
#include "gateway/connect_handler.h"

#include <utility>

#include <fmt/format.h>

#include "gateway/answer.h"
#include "lib/error/error.h"
#include "lib/http/content_coding.h"

namespace millrace::gateway {
namespace {

constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kUnsupportedMediaType = 415;

http::Response wrong_content(const RpcMethod& method, std::string_view given) {
  const bool is_stream = method.is_stream();
  const std::string accepted = fmt::format("{}, {}", content_type({Codec::kJson, is_stream}),
                                           content_type({Codec::kProto, is_stream}));
  http::Response response = connect_error(
      absl::InvalidArgumentError(fmt::format("cannot read Content-Type \"{}\"; {} takes {}", given,
                                             method.path, accepted)),
      {}, kUnsupportedMediaType);
  response.headers.add("Accept-Post", accepted);
  return response;
}

// What the answer must know of it.
http::Request headers_of(const http::Request& request) {
  http::Request headers;
  headers.headers.add("Accept-Encoding", std::string(request.headers.get("Accept-Encoding")));
  return headers;
}

}  // namespace

struct ConnectHandler::Call {
  const RpcMethod& method;
  Codec codec;
  time::Instant begun;
};

http::Response ConnectHandler::unknown_method(const http::Request& request) const {
  return connect_error(
      absl::UnimplementedError(fmt::format("no method is at {}; the services are {}", request.path,
                                           fmt::join(methods_.services(), ", "))),
      {}, kNotFound);
}

void ConnectHandler::handle(http::Request request, const http::Reply& reply) {
  const RpcMethod* const method = methods_.find(request.path);
  if (method == nullptr) return reply(unknown_method(request));
  if (request.method != "POST") {
    http::Response response =
        connect_error(absl::UnimplementedError(fmt::format("{} is called by POST", method->path)),
                      {}, kMethodNotAllowed);
    response.headers.add("Allow", "POST");
    return reply(std::move(response));
  }
  if (method->descriptor->client_streaming()) {
    return reply(connect_error(absl::UnimplementedError(
        fmt::format("{} takes a stream of requests, which HTTP/1.1 cannot carry; call it by gRPC",
                    method->path))));
  }
  const std::string_view given = request.headers.get("Content-Type");
  const std::optional<ConnectContent> content = connect_content(given);
  if (!content || content->is_stream != method->is_stream()) {
    return reply(wrong_content(*method, given));
  }
  Call call{*method, content->codec, platform_.clock.instant()};
  method->is_stream() ? stream(request, call, reply) : unary(request, call, reply);
}

absl::StatusOr<std::string> ConnectHandler::decoded(std::string_view body, const Call& call) const {
  const google::protobuf::Descriptor& type = *call.method.descriptor->input_type();
  if (call.codec == Codec::kJson) return json_to_message(type, body);
  MILLRACE_RETURN_IF_ERROR(check_message(type, body));
  return std::string(body);
}

absl::StatusOr<std::string> ConnectHandler::unary_message(const http::Request& request,
                                                          const Call& call) const {
  std::string body = request.body;
  MILLRACE_RETURN_IF_ERROR(http::decode_content(request.headers.get("Content-Encoding"), body,
                                                limits_.max_request_bytes));
  return decoded(body, call);
}

absl::StatusOr<std::string> ConnectHandler::stream_message(const http::Request& request,
                                                           const Call& call) const {
  MILLRACE_ASSIGN_OR_RETURN(const std::string_view message, enveloped_message(request.body));
  return decoded(message, call);
}

absl::StatusOr<rpc::GenericRequest> ConnectHandler::request_of(const http::Request& request,
                                                               const Call& call) const {
  MILLRACE_RETURN_IF_ERROR(check_connect_version(request));
  const bool is_stream = call.method.is_stream();
  rpc::GenericRequest made;
  made.method = call.method.path;
  MILLRACE_ASSIGN_OR_RETURN(
      made.timeout,
      connect_timeout(request, is_stream ? std::chrono::milliseconds{0} : limits_.call_timeout));
  MILLRACE_ASSIGN_OR_RETURN(
      made.message, is_stream ? stream_message(request, call) : unary_message(request, call));
  made.metadata = forwarded_metadata(request);
  return made;
}

void ConnectHandler::unary(const http::Request& request, Call call, const http::Reply& reply) {
  const auto refuse = [&](const absl::Status& status) {
    count(call, status.code());
    reply(connect_error(status));
  };
  absl::StatusOr<rpc::GenericRequest> made = request_of(request, call);
  if (!made.ok()) return refuse(made.status());
  const std::size_t owner = KeyShares::owner_of(made->metadata);
  if (absl::Status status = call_shares_.enter(owner); !status.ok()) return refuse(status);
  call.method.caller->unary(
      *std::move(made),
      [this, call, reply, owner, asked = headers_of(request)](rpc::GenericAnswer answer) {
        call_shares_.leave(owner);
        reply(answer_of(call, asked, std::move(answer)));
      });
}

http::Response ConnectHandler::answer_of(const Call& call, const http::Request& asked,
                                         rpc::GenericAnswer answer) const {
  if (answer.status.ok() && call.codec == Codec::kJson) {
    absl::StatusOr<std::string> json =
        message_to_json(*call.method.descriptor->output_type(), answer.message);
    answer.status = json.status();
    if (json.ok()) answer.message = *std::move(json);
  }
  count(call, answer.status.code());
  if (!answer.status.ok()) return connect_error(answer.status, answer.trailers);
  http::Response response;
  response.content_type = content_type({call.codec, false});
  response.body = std::move(answer.message);
  add_trailers(answer.trailers, response);
  http::gzip_if_accepted(asked, response);
  return response;
}

void ConnectHandler::stream(const http::Request& request, Call call, const http::Reply& reply) {
  http::Response response;
  response.content_type = content_type({call.codec, true});
  const auto refuse = [&](const absl::Status& status) {
    count(call, status.code());
    response.body = end_of_stream(status, {});
    reply(std::move(response));
  };
  absl::StatusOr<rpc::GenericRequest> made = request_of(request, call);
  if (!made.ok()) return refuse(made.status());
  const std::size_t owner = KeyShares::owner_of(made->metadata);
  if (absl::Status status = stream_shares_.enter(owner); !status.ok()) return refuse(status);

  // The stream is in nobody's list before it knows its own address.
  auto self = std::make_shared<const OpenStream*>(nullptr);
  const auto source = std::make_shared<ConnectStream>(
      call.method.caller->stream(*std::move(made)), *call.method.descriptor->output_type(),
      call.codec, [this, call, self, owner](absl::StatusCode code) {
        stream_shares_.leave(owner);
        streams_.leave(*self);
        count(call, code);
      });
  *self = source.get();
  if (!streams_.enter(source)) source->end(absl::UnavailableError("the gateway is stopping"));
  response.stream = source;
  reply(std::move(response));
}

void ConnectHandler::count(const Call& call, absl::StatusCode code) const {
  platform_.metrics
      .counter("millrace_gateway_calls_total",
               "Calls for browsers that have ended, by method and code.",
               {{"method", call.method.label}, {"code", std::string(connect_code(code))}})
      .increment();
  const std::chrono::duration<double> duration = platform_.clock.instant() - call.begun;
  if (call.method.is_stream()) return;  // the longest of them say nothing
  platform_.metrics
      .histogram("millrace_gateway_call_duration_seconds",
                 "Time from a call's request to its answer, of those with one answer.",
                 metrics::latency_bounds_seconds(), {{"method", call.method.label}})
      .observe(duration.count());
}

}  // namespace millrace::gateway
