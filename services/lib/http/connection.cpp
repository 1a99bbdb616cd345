// SPDX-License-Identifier: Apache-2.0
#include "lib/http/connection.h"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <netinet/tcp.h>

#include "lib/http/answer_head.h"
#include "lib/http/refusal.h"
#include "lib/http/request_head.h"
#include "lib/http/streamed_answer.h"
#include "lib/time/timestamp.h"

namespace millrace::http {
namespace {

namespace beast = boost::beast;
namespace asio = boost::asio;

// Read at a time; beside the body, all that a connection keeps of what the peer sends.
constexpr std::size_t kReadBufferBytes = 16 << 10;
// After the last answer what the peer still sends is read and dropped for so long (RFC 7230, 6.6):
// closing on unread bytes resets the connection, and the peer may never see the answer.
constexpr std::chrono::seconds kLinger{2};
constexpr int kBodyTimeoutFactor = 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// A peer that vanished without a word while an answer streams is noticed after two minutes even
// when there is nothing to send: kernel's probes, in seconds.
constexpr int kProbeAfter = 60;
constexpr int kProbeEvery = 15;
constexpr int kProbes = 4;

using PlainStream = beast::basic_stream<asio::ip::tcp, asio::io_context::executor_type>;
using TlsStream = beast::ssl_stream<PlainStream>;

// RFC 9110, 6.6.1: who has a clock says the time with each answer. Once a second is it made anew.
const std::string& date_of(time::UnixMicros now) {
  thread_local std::chrono::sys_seconds second{};
  thread_local std::string text;
  const auto current = std::chrono::floor<std::chrono::seconds>(now);
  if (text.empty() || current != second) {
    text = time::format_http_date(now);
    second = current;
  }
  return text;
}

void probe_when_silent(Socket& socket) {
  const auto set = [&socket](int level, int option, int value) {
    static_cast<void>(::setsockopt(socket.native_handle(), level, option, &value, sizeof value));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kProbeAfter);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kProbeEvery);
  set(IPPROTO_TCP, TCP_KEEPCNT, kProbes);
}

template <typename Stream>
class SocketConnection final : public Connection,
                               public std::enable_shared_from_this<SocketConnection<Stream>> {
 public:
  // `tls`: nothing, or the context of a TlsStream.
  template <typename... Tls>
  SocketConnection(Socket socket, ConnectionHost& host, Events events, Tls&... tls)
      : host_(host),
        events_(std::move(events)),
        stream_(std::move(socket), tls...),
        buffer_(std::max(kReadBufferBytes, host.options().max_header_bytes)) {}
  ~SocketConnection() override { release_body(); }
  SocketConnection(const SocketConnection&) = delete;
  SocketConnection& operator=(const SocketConnection&) = delete;

  void start() override;
  void answer(Response response) override;
  void answer_nothing() override;
  void close_when_idle() override;
  void abort() override { close(); }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;
  using ErrorCode = beast::error_code;
  using Outcome = typename StreamedAnswer<Stream>::Outcome;

  // The part of `stream_` that has the time-outs and the socket.
  PlainStream& transport() { return beast::get_lowest_layer(stream_); }
  Socket& socket() { return transport().socket(); }
  // A handler that keeps the connection alive and calls `then` with the error.
  auto bound(void (SocketConnection::*then)(ErrorCode)) {
    return [self = this->shared_from_this(), then](ErrorCode error, std::size_t = 0) {
      ((*self).*then)(error);
    };
  }

  void read_proxy_header();
  void on_proxy_bytes(ErrorCode error, std::size_t bytes);
  // Or straight to the first request, without TLS.
  void shake_hands();
  void on_handshake(ErrorCode error);
  void read_head();
  void on_head(ErrorCode error);
  void send_continue();
  void on_continued(ErrorCode error);
  void read_body();
  void on_body(ErrorCode error);
  bool account_body();
  void hand_on();
  void write(Response response);
  // What is said of the answer as far as this connection decides it.
  AnswerForm form() const { return {.version = version_, .keep_alive = keep_alive_}; }
  void write_whole(Response response);
  void on_written(ErrorCode error);
  void write_stream(Response response);
  void on_streamed(Outcome outcome, const absl::Status& cause);
  // While an answer streams: notices that the peer has gone, keeps what it sends.
  void watch();
  void on_watched(ErrorCode error, std::size_t bytes);
  void after_answer();
  // Answers with an error that ends the connection, because the rest of the request stays unread.
  void refuse(const Refusal& refusal);
  // Nobody to answer, or a fault that is answered. `awaited`: what the peer owed.
  void fail(ErrorCode error, Awaited awaited);
  void linger();
  void on_shut_down(ErrorCode error);
  void discard();
  void on_discarded(ErrorCode error);
  void release_body();
  void cut();
  void close();

  ConnectionHost& host_;
  const Events events_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  Request request_;          // the current one; without body until all of that is there
  std::string head_;         // of the answer being written
  std::string answer_body_;  // the same
  std::shared_ptr<StreamedAnswer<Stream>> streamed_;  // while it is being written
  std::size_t reserved_bytes_ = 0;                    // of the body being received
  time::Instant body_deadline_;
  time::Instant linger_deadline_;
  unsigned version_ = 11;  // of the current request: 10 or 11
  bool between_requests_ = true;
  bool keep_alive_ = false;     // after the answer to the current request
  bool head_only_ = false;      // the current request is a HEAD: its answer has no body
  bool closing_ = false;        // the server stops
  bool awaits_answer_ = false;  // the handler has the current request
  bool watching_ = false;       // a read of watch() is pending
  bool closed_ = false;
};

template <typename Stream>
void SocketConnection<Stream>::start() {
  beast::error_code ignored;
  // Answers are one small write each; without it Nagle's algorithm may hold them back.
  socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  // Of header and handshake, in all.
  transport().expires_after(host_.options().handshake_timeout);
  if (events_.identify != nullptr) return read_proxy_header();
  shake_hands();
}

template <typename Stream>
void SocketConnection<Stream>::read_proxy_header() {
  transport().async_read_some(
      buffer_.prepare(network::kMaxProxyHeaderBytes),
      [self = this->shared_from_this()](ErrorCode error, std::size_t bytes) {
        self->on_proxy_bytes(error, bytes);
      });
}

template <typename Stream>
void SocketConnection<Stream>::on_proxy_bytes(ErrorCode error, std::size_t bytes) {
  if (closed_) return;
  if (error == beast::error::timeout) host_.metrics().timed_out(Awaited::kProxyHeader);
  if (error) return close();
  buffer_.commit(bytes);
  const auto parsed = network::parse_proxy_header(
      {static_cast<const char*>(buffer_.cdata().data()), buffer_.size()});
  if (std::holds_alternative<network::ProxyHeaderIncomplete>(parsed)) return read_proxy_header();
  if (const auto* fault = std::get_if<network::ProxyFault>(&parsed)) {
    host_.proxy_header_failed(*fault);
    return close();
  }
  const auto& header = std::get<network::ProxyHeader>(parsed);
  buffer_.consume(header.bytes);
  if (!events_.identify(*this, header.source)) return close();
  shake_hands();
}

template <typename Stream>
void SocketConnection<Stream>::shake_hands() {
  if constexpr (kTls) {
    // What came behind a PROXY header is the beginning of the handshake.
    stream_.async_handshake(asio::ssl::stream_base::server, buffer_.cdata(),
                            [self = this->shared_from_this()](ErrorCode error, std::size_t bytes) {
                              self->buffer_.consume(bytes);
                              self->on_handshake(error);
                            });
  } else {
    read_head();
  }
}

template <typename Stream>
void SocketConnection<Stream>::on_handshake(ErrorCode error) {
  if (closed_) return;
  if (error) {
    if (error == beast::error::timeout) host_.metrics().timed_out(Awaited::kHandshake);
    host_.handshake_failed(error.message());
    return close();
  }
  read_head();
}

template <typename Stream>
void SocketConnection<Stream>::read_head() {
  between_requests_ = true;
  head_only_ = false;
  version_ = 11;
  request_ = {};
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(host_.options().max_header_bytes));
  parser_->body_limit(host_.options().max_body_bytes);
  transport().expires_after(host_.options().idle_timeout);
  beast::http::async_read_header(stream_, buffer_, *parser_, bound(&SocketConnection::on_head));
}

template <typename Stream>
void SocketConnection<Stream>::on_head(ErrorCode error) {
  between_requests_ = false;
  if (error) return fail(error, parser_->got_some() ? Awaited::kHead : Awaited::kRequest);
  const auto& head = parser_->get();
  keep_alive_ = head.keep_alive();
  version_ = head.version();
  head_only_ = head.method() == beast::http::verb::head;
  const bool is_uri = read_request_head(head, request_);
  if (has_too_many_fields(head)) return refuse(too_many_fields());
  if (!is_uri) return refuse(no_uri());
  if (!knows_transfer_coding(head)) return refuse(unknown_transfer_coding());
  body_deadline_ = host_.clock().instant() + kBodyTimeoutFactor * host_.options().read_timeout;
  parser_->eager(true);
  const auto expect = head[beast::http::field::expect];
  if (expect.empty() || head.version() < 11) return read_body();
  if (!beast::iequals(expect, "100-continue")) return refuse(unknown_expectation());
  send_continue();
}

template <typename Stream>
void SocketConnection<Stream>::send_continue() {
  transport().expires_after(host_.options().write_timeout);
  asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                    bound(&SocketConnection::on_continued));
}

template <typename Stream>
void SocketConnection<Stream>::on_continued(ErrorCode error) {
  if (error) return close();
  read_body();
}

template <typename Stream>
void SocketConnection<Stream>::read_body() {
  if (parser_->is_done()) return hand_on();
  transport().expires_after(host_.options().read_timeout);
  beast::http::async_read_some(stream_, buffer_, *parser_, bound(&SocketConnection::on_body));
}

template <typename Stream>
void SocketConnection<Stream>::on_body(ErrorCode error) {
  if (error) return fail(error, Awaited::kBody);
  if (!account_body()) return refuse(receiving_full());
  if (host_.clock().instant() > body_deadline_) return refuse(body_too_slow());
  read_body();
}

template <typename Stream>
bool SocketConnection<Stream>::account_body() {
  const std::size_t bytes = parser_->get().body().size();
  if (!host_.reserve(bytes, bytes - reserved_bytes_)) return false;
  reserved_bytes_ = bytes;
  return true;
}

template <typename Stream>
void SocketConnection<Stream>::release_body() {
  host_.release(std::exchange(reserved_bytes_, 0));
}

template <typename Stream>
void SocketConnection<Stream>::hand_on() {
  transport().expires_never();
  // From here on the body is the handler's to bound.
  release_body();
  awaits_answer_ = true;
  request_.body = std::move(parser_->get().body());
  host_.dispatch({std::move(request_), this->shared_from_this()});
}

template <typename Stream>
void SocketConnection<Stream>::answer(Response response) {
  asio::dispatch(stream_.get_executor(),
                 [self = this->shared_from_this(), response = std::move(response)]() mutable {
                   const bool awaited = std::exchange(self->awaits_answer_, false);
                   if (awaited && !self->closed_) return self->write(std::move(response));
                   if (response.stream != nullptr) response.stream->cancel();
                 });
}

template <typename Stream>
void SocketConnection<Stream>::answer_nothing() {
  answer(host_.options().refuse({500, "the server gave no answer; try again", {}}));
}

// --- Answers ---------------------------------------------------------------------------------

template <typename Stream>
void SocketConnection<Stream>::write(Response response) {
  host_.metrics().answered(response.status);
  keep_alive_ = keep_alive_ && !closing_;
  if (response.stream == nullptr) return write_whole(std::move(response));
  if (!has_no_body(response.status)) return write_stream(std::move(response));
  response.stream->cancel();
  write_whole(std::move(response));
}

template <typename Stream>
void SocketConnection<Stream>::write_whole(Response response) {
  AnswerForm form = this->form();
  if (!has_no_body(response.status)) form.content_length = response.body.size();
  head_.clear();
  append_head(response, form, date_of(host_.clock().now()), head_);
  const bool has_body = form.content_length.has_value() && !head_only_;
  answer_body_ = has_body ? std::move(response.body) : std::string();
  transport().expires_after(host_.options().write_timeout);
  const std::array<asio::const_buffer, 2> parts{asio::buffer(head_), asio::buffer(answer_body_)};
  asio::async_write(stream_, parts, bound(&SocketConnection::on_written));
}

template <typename Stream>
void SocketConnection<Stream>::on_written(ErrorCode error) {
  answer_body_ = {};
  if (error) {
    if (error == beast::error::timeout) host_.metrics().timed_out(Awaited::kAnswer);
    return close();
  }
  after_answer();
}

template <typename Stream>
void SocketConnection<Stream>::write_stream(Response response) {
  const bool chunked = version_ >= 11;
  // Without chunks only the end of the connection is the end of the body.
  if (!chunked && !head_only_) keep_alive_ = false;
  AnswerForm form = this->form();
  form.chunked = chunked;
  std::string head;
  append_head(response, form, date_of(host_.clock().now()), head);
  if (head_only_) std::exchange(response.stream, nullptr)->cancel();
  transport().expires_never();
  streamed_ = std::make_shared<StreamedAnswer<Stream>>(
      stream_, this->weak_from_this(), std::move(head), chunked, std::move(response.stream),
      host_.options().write_timeout);
  streamed_->start(
      [this](Outcome outcome, const absl::Status& cause) { on_streamed(outcome, cause); });
  probe_when_silent(socket());
  watch();
}

template <typename Stream>
void SocketConnection<Stream>::on_streamed(Outcome outcome, const absl::Status& cause) {
  streamed_.reset();
  if (outcome == Outcome::kSourceFailed) host_.body_failed(cause);
  if (outcome != Outcome::kWhole) return cut();
  if (!watching_) return after_answer();
  // on_watched() goes on: there is one read at a time.
  socket().cancel();
}

template <typename Stream>
void SocketConnection<Stream>::watch() {
  const std::size_t room = buffer_.max_size() - buffer_.size();
  // A peer that sends so much behind its request waits for the answer before it may send more.
  if (room == 0) return;
  watching_ = true;
  stream_.async_read_some(buffer_.prepare(std::min(room, kReadBufferBytes)),
                          [self = this->shared_from_this()](ErrorCode error, std::size_t bytes) {
                            self->on_watched(error, bytes);
                          });
}

template <typename Stream>
void SocketConnection<Stream>::on_watched(ErrorCode error, std::size_t bytes) {
  watching_ = false;
  if (closed_) return;
  buffer_.commit(bytes);
  const bool called_off = error == asio::error::operation_aborted;
  if (error && !called_off) return close();
  if (streamed_ == nullptr) return after_answer();
  watch();
}

template <typename Stream>
void SocketConnection<Stream>::after_answer() {
  if (!keep_alive_ || closing_) return linger();
  read_head();
}

template <typename Stream>
void SocketConnection<Stream>::refuse(const Refusal& refusal) {
  release_body();
  keep_alive_ = false;
  host_.metrics().refused(refusal.fault);
  write(host_.options().refuse({refusal.status, refusal.reason, std::move(request_)}));
}

template <typename Stream>
void SocketConnection<Stream>::fail(ErrorCode error, Awaited awaited) {
  if (error == beast::error::timeout) host_.metrics().timed_out(awaited);
  if (!is_message_error(error)) return close();
  // Of a head that breaks off: as far as it was read.
  if (request_.method.empty()) static_cast<void>(read_request_head(parser_->get(), request_));
  refuse(refusal_of(error, host_.options()));
}

template <typename Stream>
void SocketConnection<Stream>::linger() {
  linger_deadline_ = host_.clock().instant() + kLinger;
  parser_.reset();
  if constexpr (kTls) {
    // Says that this was all, and ends when the peer says the same or anything else.
    transport().expires_after(kLinger);
    stream_.async_shutdown(bound(&SocketConnection::on_shut_down));
  } else {
    on_shut_down({});
  }
}

template <typename Stream>
void SocketConnection<Stream>::on_shut_down(ErrorCode) {
  if (closed_) return;
  ErrorCode ignored;
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  discard();
}

// What comes now is nothing to decrypt.
template <typename Stream>
void SocketConnection<Stream>::discard() {
  buffer_.clear();
  transport().expires_after(kLinger);
  transport().async_read_some(buffer_.prepare(kReadBufferBytes),
                              bound(&SocketConnection::on_discarded));
}

template <typename Stream>
void SocketConnection<Stream>::on_discarded(ErrorCode error) {
  if (error || host_.clock().instant() >= linger_deadline_) return close();
  discard();
}

template <typename Stream>
void SocketConnection<Stream>::close_when_idle() {
  closing_ = true;
  if (between_requests_ && buffer_.size() == 0) close();
}

// Ends a body that is not whole. Without chunks a proper end of the connection would look like the
// end of the body, so the peer gets a reset.
template <typename Stream>
void SocketConnection<Stream>::cut() {
  if (!closed_ && version_ < 11) {
    beast::error_code ignored;
    socket().set_option(asio::socket_base::linger(true, 0), ignored);
    transport().close();
  }
  close();
}

template <typename Stream>
void SocketConnection<Stream>::close() {
  if (std::exchange(closed_, true)) return;
  // Kept until the connection goes: a write of its bytes may be at work.
  if (streamed_ != nullptr) streamed_->cancel();
  beast::error_code ignored;
  socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  transport().close();
  events_.closed(*this);
}

}  // namespace

std::shared_ptr<Connection> make_connection(Socket socket, ConnectionHost& host,
                                            Connection::Events events) {
  return std::make_shared<SocketConnection<PlainStream>>(std::move(socket), host,
                                                         std::move(events));
}

std::shared_ptr<Connection> make_tls_connection(Socket socket, asio::ssl::context& context,
                                                ConnectionHost& host, Connection::Events events) {
  return std::make_shared<SocketConnection<TlsStream>>(std::move(socket), host, std::move(events),
                                                       context);
}

}  // namespace millrace::http
