// SPDX-License-Identifier: Apache-2.0
#include "lib/http/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace millrace::http {
namespace {

namespace beast = boost::beast;
namespace asio = boost::asio;
using HttpError = beast::http::error;

// Read at a time; beside the body, all that a connection keeps of what the peer sends.
constexpr std::size_t kReadBufferBytes = 16 << 10;
// After the last answer what the peer still sends is read and dropped for so long (RFC 7230, 6.6):
// closing on unread bytes resets the connection, and the peer may never see the answer.
constexpr std::chrono::seconds kLinger{2};
constexpr int kBodyTimeoutFactor = 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

struct Refusal {
  int status = 400;
  std::string reason;
};

Refusal refusal_of(const beast::error_code& error, const ServerOptions& options) {
  if (error == HttpError::body_limit) {
    return {413, fmt::format("cannot take a body of more than {} bytes; send smaller batches",
                             options.max_body_bytes)};
  }
  if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
    return {431, fmt::format("cannot take more than {} bytes of request line and header fields",
                             options.max_header_bytes)};
  }
  return {400, fmt::format("cannot read the HTTP request: {}", error.message())};
}

std::string_view path_of(beast::string_view target) {
  const std::string_view whole(target.data(), target.size());
  return whole.substr(0, whole.find('?'));
}

// Errors of the message, not of the socket.
bool is_message_error(const beast::error_code& error) {
  return error.category() == beast::http::make_error_code(HttpError::bad_method).category() &&
         error != HttpError::end_of_stream && error != HttpError::partial_message;
}

}  // namespace

Connection::Connection(Socket socket, ConnectionHost& host, Closed on_closed)
    : host_(host),
      on_closed_(std::move(on_closed)),
      stream_(std::move(socket)),
      buffer_(std::max(kReadBufferBytes, host.options().max_header_bytes)) {}

Connection::~Connection() {
  release_body();
}

void Connection::start() {
  beast::error_code ignored;
  // Answers are one small write each; without it Nagle's algorithm may hold them back.
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  read_head();
}

void Connection::read_head() {
  between_requests_ = true;
  head_only_ = false;
  version_ = 11;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(host_.options().max_header_bytes));
  parser_->body_limit(host_.options().max_body_bytes);
  stream_.expires_after(host_.options().idle_timeout);
  beast::http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_head(error); });
}

void Connection::on_head(ErrorCode error) {
  between_requests_ = false;
  if (error) return fail(error);
  const auto& head = parser_->get();
  keep_alive_ = head.keep_alive();
  version_ = head.version();
  head_only_ = head.method() == beast::http::verb::head;
  body_deadline_ = host_.clock().instant() + kBodyTimeoutFactor * host_.options().read_timeout;
  parser_->eager(true);
  const auto expect = head[beast::http::field::expect];
  if (expect.empty() || head.version() < 11) return read_body();
  if (!beast::iequals(expect, "100-continue")) {
    return refuse(417, "cannot meet the Expect header; only 100-continue is known");
  }
  send_continue();
}

void Connection::send_continue() {
  stream_.expires_after(host_.options().write_timeout);
  asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = shared_from_this()](ErrorCode error, std::size_t) {
                      if (error) return self->close();
                      self->read_body();
                    });
}

void Connection::read_body() {
  if (parser_->is_done()) return hand_on();
  stream_.expires_after(host_.options().read_timeout);
  beast::http::async_read_some(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_body(error); });
}

void Connection::on_body(ErrorCode error) {
  if (error) return fail(error);
  if (!account_body()) {
    return refuse(503, "too many uploads are being received; try again");
  }
  if (host_.clock().instant() > body_deadline_) {
    return refuse(408, "the body took too long to arrive; send smaller batches");
  }
  read_body();
}

bool Connection::account_body() {
  const std::size_t bytes = parser_->get().body().size();
  if (!host_.reserve(bytes, bytes - reserved_bytes_)) return false;
  reserved_bytes_ = bytes;
  return true;
}

void Connection::release_body() {
  host_.release(std::exchange(reserved_bytes_, 0));
}

void Connection::hand_on() {
  stream_.expires_never();
  // From here on the body is the handler's to bound.
  release_body();
  awaits_answer_ = true;
  if (!host_.dispatch({parser_->release(), shared_from_this()})) {
    awaits_answer_ = false;
    refuse(400, "cannot read the request's target: it is no URI; percent-encode it");
  }
}

void Connection::answer(Response response) {
  asio::dispatch(stream_.get_executor(),
                 [self = shared_from_this(), response = std::move(response)]() mutable {
                   const bool awaited = std::exchange(self->awaits_answer_, false);
                   if (awaited && !self->closed_) self->write(std::move(response));
                 });
}

void Connection::answer_error(int status, const std::string& reason) {
  answer(host_.options().error_response(status, reason));
}

void Connection::write(Response response) {
  host_.count_response(response.status);
  keep_alive_ = keep_alive_ && !closing_;
  response_.emplace();
  response_->version(version_);
  response_->result(static_cast<unsigned>(response.status));
  response_->keep_alive(keep_alive_);
  if (!response.content_type.empty()) {
    response_->set(beast::http::field::content_type, response.content_type);
  }
  for (const auto& [name, value] : response.headers.all()) response_->set(name, value);
  response_->content_length(response.body.size());
  if (!head_only_) response_->body() = std::move(response.body);
  stream_.expires_after(host_.options().write_timeout);
  beast::http::async_write(
      stream_, *response_,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_written(error); });
}

void Connection::on_written(ErrorCode error) {
  response_.reset();
  if (error) return close();
  if (!keep_alive_ || closing_) return linger();
  read_head();
}

void Connection::refuse(int status, const std::string& reason) {
  release_body();
  keep_alive_ = false;
  if (const std::string_view path = path_of(parser_->get().target());
      host_.options().on_refused && !path.empty()) {
    host_.options().on_refused(path, status, reason);
  }
  write(host_.options().error_response(status, reason));
}

void Connection::fail(ErrorCode error) {
  if (!is_message_error(error)) return close();
  const Refusal refusal = refusal_of(error, host_.options());
  refuse(refusal.status, refusal.reason);
}

void Connection::linger() {
  beast::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  linger_deadline_ = host_.clock().instant() + kLinger;
  parser_.reset();
  discard();
}

void Connection::discard() {
  buffer_.clear();
  stream_.expires_after(kLinger);
  stream_.async_read_some(
      buffer_.prepare(kReadBufferBytes), [self = shared_from_this()](ErrorCode error, std::size_t) {
        const bool over = self->host_.clock().instant() >= self->linger_deadline_;
        if (error || over) return self->close();
        self->discard();
      });
}

void Connection::close_when_idle() {
  closing_ = true;
  if (between_requests_ && buffer_.size() == 0) close();
}

void Connection::abort() {
  close();
}

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  beast::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.close();
  on_closed_(*this);
}

}  // namespace millrace::http
