// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/connection.h"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>

namespace millrace::mqtt_receiver {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Then the others of the worker have their turn: so many bytes read, or reads that gave little each
// (records of TLS, pings of WebSocket), or rounds of answers of 64 KiB.
constexpr std::size_t kBytesPerTurn = 64U << 10U;
constexpr int kReadsPerTurn = 16;
constexpr int kRoundsPerTurn = 4;

// How long a peer that is told goodbye may take to hear it.
constexpr std::chrono::milliseconds kLingerTimeout{1000};

// What OpenSSL holds during a handshake: 48 to 61 KiB, measured with clients that stop in the
// middle of their first record. Afterwards it is 16 KiB, which max-connections bounds.
constexpr std::size_t kHandshakeBytes = 64U << 10U;

// As many as anybody can register have characters.
constexpr std::size_t kShownUserNameBytes = 128;

// A peer that vanished without a word and asked for no keep alive is found by TCP after four
// minutes: 120 s of silence, then four probes 30 s apart.
using KeepAliveIdle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
using KeepAliveInterval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
using KeepAliveProbes = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;

// The peer is owed a readable end: a goodbye, or acknowledgements sent just before. Not one that
// holds too much memory, or does not read.
bool ends_in_order(CloseReason reason, bool said_goodbye) {
  if (reason == CloseReason::kMemoryExhausted || reason == CloseReason::kSlowReader) return false;
  return said_goodbye || reason == CloseReason::kShutdown;
}

// A fault that the peer can be told: by an alert of TLS, or an answer of HTTP.
bool is_told(OpeningFault fault) {
  return fault != OpeningFault::kPeerClosed && fault != OpeningFault::kTimedOut &&
         fault != OpeningFault::kProxyHeaderMissing &&
         fault != OpeningFault::kProxyHeaderMalformed && fault != OpeningFault::kOverAddressLimit &&
         fault != OpeningFault::kMemoryExhausted;
}

}  // namespace

Connection::Connection(ConnectionId id, Arrival arrival, ConnectionSurroundings& surroundings)
    : id_(id),
      surroundings_(surroundings),
      transport_(arrival.transport),
      socket_(std::move(arrival.socket)),
      timer_(socket_.get_executor()),
      session_(surroundings.limits.session, *surroundings.client_ids,
               surroundings.platform.clock.instant()) {}

void Connection::start() {
  configure_socket();
  opening_ = std::make_unique<Opening>(transport_, socket_,
                                       OpeningSurroundings{.addresses = surroundings_.addresses,
                                                           .buffer = surroundings_.read_buffer,
                                                           .scratch = surroundings_.frame_scratch});
  address_ = opening_->peer().address;
  if (has_tls(transport())) {
    budgeted_bytes_ = kHandshakeBytes;
    surroundings_.budget.update(0, budgeted_bytes_);
    if (surroundings_.budget.refuses(budgeted_bytes_)) {
      return end_opening(OpeningFault::kMemoryExhausted, CloseReason::kMemoryExhausted);
    }
  }
  go_on_opening();
}

void Connection::configure_socket() {
  // A socket the peer has closed already refuses options; reading from it says so soon enough.
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.set_option(KeepAliveIdle(120), ignored);
  socket_.set_option(KeepAliveInterval(30), ignored);
  socket_.set_option(KeepAliveProbes(4), ignored);
}

void Connection::go_on_opening() {
  const Opening::Status status = opening_->advance();
  address_ = opening_->peer().address;
  if (status == Opening::Status::kOpen) return begin_session();
  if (status == Opening::Status::kFailed) {
    return end_opening(opening_->fault(), CloseReason::kOpeningFailed);
  }
  const auto want = status == Opening::Status::kWantRead ? Socket::wait_read : Socket::wait_write;
  socket_.async_wait(want, [self = shared_from_this()](const error_code& error) {
    if (!error && self->state_ == State::kOpening) self->go_on_opening();
  });
  arm_timer();
}

void Connection::begin_session() {
  stream_ = opening_->take_stream();
  OpenedPeer& peer = opening_->peer();
  if (peer.place) place_.emplace(*std::move(peer.place));
  certificate_ = std::move(peer.certificate);
  opening_.reset();
  state_ = State::kOpen;
  settle();
}

// `reason`: that of metrics for all connections.
void Connection::end_opening(OpeningFault fault, CloseReason reason) {
  const ReceiverMetrics& metrics = surroundings_.metrics;
  metrics.count_closed(reason);
  if (fault == OpeningFault::kOverAddressLimit) {
    metrics.connects_over_address_limit.increment();
  } else {
    metrics.connects_abandoned.increment();
  }
  if (reason != CloseReason::kShutdown) metrics.count(fault);
  // Who only looks whether the port is open, as balancers do, is no news.
  if (reason != CloseReason::kShutdown && fault != OpeningFault::kPeerClosed) {
    surroundings_.platform.log.warning_limited("refused a connection",
                                               {{"peer", peer()},
                                                {"transport", registry_client::name(transport())},
                                                {"reason", name(fault)},
                                                {"detail", opening_->fault_detail()}});
  }
  stream_ = opening_->take_stream();
  opening_.reset();
  state_ = State::kLingering;
  if (reason == CloseReason::kShutdown || !is_told(fault)) return finish();
  linger_until_ = now() + kLingerTimeout;
  linger();
}

void Connection::wait_readable() {
  if (waiting_readable_ || state_ == State::kEnded) return;
  if (state_ == State::kOpen && !session_.wants_input()) return;
  waiting_readable_ = true;
  // What the stream has taken from the socket already, the socket will not show again.
  if (state_ == State::kOpen && stream_->has_input()) {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->on_readable(); });
    return;
  }
  const auto want = read_wants_write_ ? Socket::wait_write : Socket::wait_read;
  socket_.async_wait(want, [self = shared_from_this()](const error_code& error) {
    if (error) {
      self->waiting_readable_ = false;
      return;
    }
    self->on_readable();
  });
}

void Connection::on_readable() {
  waiting_readable_ = false;
  read_wants_write_ = false;
  if (state_ == State::kLingering) return discard_available();
  if (state_ == State::kOpen) read_available();
}

void Connection::read_available() {
  std::vector<char>& buffer = surroundings_.read_buffer;
  std::size_t taken = 0;
  for (int turn = 0; turn < kReadsPerTurn && taken < kBytesPerTurn && session_.wants_input();
       ++turn) {
    const StreamResult read = stream_->read(buffer.data(), buffer.size());
    if (read.status == StreamStatus::kWantWrite) read_wants_write_ = true;
    if (read.status == StreamStatus::kClosed && !end_reason_) {
      end_reason_ = CloseReason::kPeerClosed;
    }
    if (read.status == StreamStatus::kFailed && !end_reason_) {
      end_reason_ = CloseReason::kTransportFault;
    }
    if (read.status != StreamStatus::kDone) break;
    taken += read.bytes;
    if (read.bytes > 0) {
      surroundings_.metrics.received_bytes.increment(static_cast<double>(read.bytes));
      Actions actions;
      session_.receive({buffer.data(), read.bytes}, now(), actions);
      apply(actions);
    }
    if (!read.more) break;
  }
  settle();
}

void Connection::take_receipt(const UploadReceipt& receipt) {
  if (state_ != State::kOpen) return;
  if (receipt.receipt.token_id != 0 && receipt.receipt.token_id != last_token_id_) {
    last_token_id_ = receipt.receipt.token_id;
    surroundings_.tokens.add(id_, last_token_id_);
  }
  Actions actions;
  session_.answer(receipt.upload_id, receipt.receipt, now(), actions);
  apply(actions);
}

void Connection::flush() {
  if (state_ == State::kOpen) settle();
}

void Connection::begin_stop() {
  if (state_ == State::kOpening) {
    return end_opening(OpeningFault::kPeerClosed, CloseReason::kShutdown);
  }
  if (state_ != State::kOpen) return;
  Actions actions;
  session_.begin_stop(now(), actions);
  apply(actions);
  settle();
}

void Connection::end(CloseReason reason) {
  if (state_ == State::kLingering) return finish();
  if (state_ == State::kOpening) return end_opening(OpeningFault::kPeerClosed, reason);
  if (state_ == State::kOpen) begin_end(reason);
}

void Connection::apply(Actions& actions) {
  surroundings_.metrics.count(actions.tally);
  if (actions.connected) {
    connected_ = true;
    surroundings_.metrics.connects_accepted.increment();
    if (!session_.client_id().empty()) {
      surroundings_.clients.claim(session_.client_id(), {&surroundings_.mailbox, id_});
    }
  }
  surroundings_.uploads.submit(actions.submissions, {&surroundings_.mailbox, id_});
  for (intake::OutsideRefusal& refusal : actions.refusals) {
    surroundings_.uploads.note(std::move(refusal));
  }
  if (actions.will) surroundings_.uploads.submit_unanswered(*std::move(actions.will));
  output_.append(actions.output);
  if (actions.close && !end_reason_) end_reason_ = actions.close;
  if (actions.authentication) authenticate(*std::move(actions.authentication));
}

void Connection::authenticate(ConnectCredentials credentials) {
  registry_client::ClientCredentials shown{std::move(credentials.user_name),
                                           std::move(credentials.password), std::nullopt};
  if (certificate_ != nullptr) shown.certificate = *certificate_;
  surroundings_.authenticator.check(std::move(shown), transport(), {&surroundings_.mailbox, id_});
}

void Connection::take_verdict(CheckedCredentials checked) {
  if (state_ != State::kOpen) return;
  // First, so that a revocation from here on finds the connection; one before made the verdict old.
  shown_ = checked.verdict.shown;
  if (!surroundings_.authenticator.is_current(checked.verdict)) {
    return surroundings_.authenticator.check(std::move(checked.credentials), transport(),
                                             {&surroundings_.mailbox, id_});
  }
  if (checked.verdict.result != registry_client::Verdict::Result::kAccepted) log_refusal(checked);
  Actions actions;
  session_.authenticated(to_mqtt(checked.verdict), now(), actions);
  apply(actions);
  settle();
}

void Connection::log_refusal(const CheckedCredentials& checked) {
  const auto& certificate = checked.credentials.certificate;
  surroundings_.platform.log.warning_limited(
      "refused a client",
      {{"peer", peer()},
       {"transport", registry_client::name(transport())},
       {"user_name", checked.credentials.user_name.value_or("").substr(0, kShownUserNameBytes)},
       {"issuer", certificate ? certificate->issuer : ""},
       {"serial_number", certificate ? certificate->serial_number : ""},
       {"reason", checked.verdict.reason}});
}

// After an event, or several: sends what waits, holds the session or lets it go on, and waits for
// what comes next.
void Connection::settle() {
  for (int round = 0; !settled(); ++round) {
    if (state_ != State::kOpen) return;
    if (round < kRoundsPerTurn) continue;
    if (std::exchange(turn_posted_, true)) return;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->turn_posted_ = false;
      self->flush();
    });
    return;
  }
  update_gauges();
  arm_timer();
  wait_readable();
}

// One round. False when there is more to do at once, or the connection ends.
bool Connection::settled() {
  send_output();
  if (pending_output() > surroundings_.limits.max_output_bytes && !end_reason_) {
    end_reason_ = CloseReason::kSlowReader;
  }
  if (end_reason_) {
    begin_end(*end_reason_);
    return false;
  }

  const std::size_t held_bytes = session_.held_bytes() + pending_output();
  surroundings_.budget.update(budgeted_bytes_, held_bytes);
  budgeted_bytes_ = held_bytes;
  const Hold hold = wanted_hold(held_bytes);
  if (end_reason_) return false;
  if (hold == hold_ && (hold == Hold::kDecoding || !session_.has_more())) return true;
  hold_ = hold;
  Actions actions;
  session_.go_on(hold, now(), actions);
  apply(actions);
  return false;
}

Hold Connection::wanted_hold(std::size_t held_bytes) {
  // Released well below where it was held, so that a slow reader does not toggle with every write.
  const bool held = hold_ == Hold::kDecoding;
  if (pending_output() > surroundings_.limits.max_output_bytes / (held ? 8 : 2)) {
    return Hold::kDecoding;
  }
  if (!surroundings_.budget.refuses(held_bytes)) return Hold::kNone;
  // Uploads in flight will be answered, and answers read, and free theirs. The beginning of a
  // packet would stay for ever.
  if (!session_.has_uploads_in_flight() && !session_.has_more() && pending_output() == 0 &&
      hold_ != Hold::kDecoding) {
    end_reason_ = CloseReason::kMemoryExhausted;
  }
  return Hold::kReading;
}

void Connection::update_gauges() {
  const bool paused = state_ == State::kOpen && !session_.wants_input();
  if (paused == counted_paused_) return;
  counted_paused_ = paused;
  surroundings_.metrics.paused_connections.add(paused ? 1 : -1);
}

void Connection::send_output() {
  if (waiting_writable_) return;
  const StreamResult sent = output_.send(*stream_);
  surroundings_.metrics.sent_bytes.increment(static_cast<double>(sent.bytes));
  if (sent.status == StreamStatus::kWantWrite) return wait_writable();
  if (sent.status == StreamStatus::kDone) return;
  output_.drop();
  if (!end_reason_) end_reason_ = CloseReason::kPeerClosed;
}

void Connection::wait_writable() {
  stalled_since_ = now();  // something was taken just now, or nothing waited before
  waiting_writable_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->waiting_writable_ = false;
    if (error || self->state_ == State::kEnded) return;
    if (self->state_ == State::kLingering) return self->linger();
    self->settle();
  });
}

void Connection::arm_timer() {
  time::Instant deadline = std::min(session_.next_deadline(), linger_until_);
  // Lingering has a shorter time-out of its own.
  if (waiting_writable_ && state_ == State::kOpen) {
    deadline = std::min(deadline, stalled_since_ + surroundings_.limits.write_timeout);
  }
  // A timer that fires too early finds nothing to do and is armed again: cheaper than moving it
  // with each packet.
  if (deadline >= timer_at_) return;
  timer_at_ = deadline;
  timer_.expires_after(deadline - now());
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->state_ == State::kEnded) return;
    self->timer_at_ = time::Instant::max();
    self->on_timer();
  });
}

void Connection::on_timer() {
  const time::Instant at = now();
  if (state_ == State::kLingering) {
    if (at >= linger_until_) return finish();
    return arm_timer();
  }
  if (state_ == State::kOpening) {
    if (at < session_.next_deadline()) return arm_timer();
    return end_opening(OpeningFault::kTimedOut, CloseReason::kConnectTimeout);
  }
  Actions actions;
  session_.tick(at, actions);
  apply(actions);
  if (waiting_writable_ && at >= stalled_since_ + surroundings_.limits.write_timeout) {
    if (!end_reason_) end_reason_ = CloseReason::kSlowReader;
  }
  settle();
}

void Connection::begin_end(CloseReason reason) {
  Actions parting;
  session_.end(reason, parting);
  apply(parting);
  count_end(reason);
  log_end(reason);
  if (!session_.client_id().empty()) {
    surroundings_.clients.release(session_.client_id(), {&surroundings_.mailbox, id_});
  }
  surroundings_.tokens.remove(id_);
  send_output();
  state_ = State::kLingering;
  update_gauges();
  if (!ends_in_order(reason, session_.said_goodbye())) return finish();
  linger_until_ = now() + kLingerTimeout;
  linger();
}

void Connection::count_end(CloseReason reason) {
  const ReceiverMetrics& metrics = surroundings_.metrics;
  metrics.count_closed(reason);
  if (connected_) return;
  (session_.said_goodbye() ? metrics.connects_refused : metrics.connects_abandoned).increment();
}

void Connection::log_end(CloseReason reason) {
  log::Logger& log = surroundings_.platform.log;
  if (reason == CloseReason::kCredentialsRefused ||
      reason == CloseReason::kAuthenticationUnavailable) {
    return;  // log_refusal()
  }
  if (!connected_ && session_.said_goodbye()) {
    log.warning_limited("refused a connection", {{"peer", peer()},
                                                 {"transport", registry_client::name(transport())},
                                                 {"reason", name(reason)}});
    return;
  }
  if (is_protocol_error(reason)) {
    log.warning_limited("closed a connection that broke the protocol",
                        {{"peer", peer()},
                         {"transport", registry_client::name(transport())},
                         {"reason", name(reason)}});
    return;
  }
  switch (reason) {
    case CloseReason::kUploadUnavailable:
    case CloseReason::kSlowReader:
    case CloseReason::kResponsesUnacknowledged:
    case CloseReason::kMemoryExhausted:
      log.warning_limited("closed a connection that could not be served",
                          {{"peer", peer()}, {"reason", name(reason)}});
      return;
    case CloseReason::kTransportFault:
      log.warning_limited("closed a connection that broke the rules of its transport",
                          {{"peer", peer()},
                           {"transport", registry_client::name(transport())},
                           {"detail", stream_->fault()}});
      return;
    default:
      if (!log.writes(log::Level::kDebug)) return;
      log.debug("connection ended", {{"peer", peer()}, {"reason", name(reason)}});
  }
}

// Closing a socket with bytes unread resets it, and a reset may overtake what was sent: so the end
// is announced, and what still comes is thrown away until the peer ends too.
void Connection::linger() {
  if (stream_ != nullptr) send_output();
  const bool said = stream_ == nullptr || (pending_output() == 0 && !waiting_writable_ &&
                                           stream_->shutdown().status != StreamStatus::kWantWrite);
  if (said) {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  } else if (!waiting_writable_) {
    wait_writable();
  }
  arm_timer();
  wait_readable();
}

void Connection::discard_available() {
  std::vector<char>& buffer = surroundings_.read_buffer;
  error_code error;
  socket_.read_some(asio::buffer(buffer), error);
  if (error && error != asio::error::would_block) return finish();
  wait_readable();
}

void Connection::finish() {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  surroundings_.budget.update(budgeted_bytes_, 0);
  // Who is not lingered for is told the end as far as the socket takes it at once.
  if (stream_ != nullptr && pending_output() == 0) stream_->shutdown();
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  place_.reset();
  surroundings_.on_end(id_);
}

std::string Connection::peer() const {
  error_code ignored;
  return fmt::format("{}:{}", address_.address().to_string(ignored), address_.port());
}

}  // namespace millrace::mqtt_receiver
