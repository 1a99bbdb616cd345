// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/link.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "lib/error/error.h"
#include "lib/postgres/sqlstate.h"
#include "lib/postgres/url.h"

namespace millrace::postgres {
namespace {

// Beyond the statement timeout, before the server ends a transaction in which nothing comes.
constexpr std::chrono::milliseconds kIdleGrace{10'000};

// libpq's messages end in a newline and may have several lines.
std::string trimmed(const char* text) {
  std::string message = text == nullptr ? "" : text;
  while (!message.empty() && std::isspace(static_cast<unsigned char>(message.back())) != 0) {
    message.pop_back();
  }
  std::replace(message.begin(), message.end(), '\n', ' ');
  return message;
}

time::Instant now() {
  return time::SystemClock().instant();
}

int poll_timeout_ms(std::optional<time::Instant> deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

// 1: ready, 0: the deadline passed, -1: errno.
int poll_socket(int socket, short events, std::optional<time::Instant> deadline) {
  while (true) {
    pollfd entry{socket, events, 0};
    const int ready = ::poll(&entry, 1, poll_timeout_ms(deadline));
    if (ready > 0) return 1;
    if (ready < 0 && errno != EINTR) return -1;
    if (deadline && now() >= *deadline) return 0;
  }
}

void ignore_notice(void*, const PGresult*) {}

// The state in a message of verbosity VERBOSE: "FATAL:  28P01: password …". libpq keeps it nowhere
// else for a connection that failed.
std::string state_in(const std::string& message) {
  for (std::size_t at = message.find(":  "); at != std::string::npos;
       at = message.find(":  ", at + 1)) {
    const std::string_view rest = std::string_view(message).substr(at + 3);
    const auto is_state_letter = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    };
    if (rest.size() > 5 && rest[5] == ':' &&
        std::all_of(rest.begin(), rest.begin() + 5, is_state_letter)) {
      return std::string(rest.substr(0, 5));
    }
  }
  return {};
}

// Where we connect, without the password: for messages.
std::string place_of(PGconn* connection) {
  const auto text = [](const char* value) { return value == nullptr ? "" : value; };
  return fmt::format("PostgreSQL database \"{}\" at {}:{} as user \"{}\"", text(PQdb(connection)),
                     text(PQhost(connection)), text(PQport(connection)), text(PQuser(connection)));
}

std::string options_in_url(const std::string& url) {
  std::string found;
  PQconninfoOption* all = PQconninfoParse(url.c_str(), nullptr);
  for (PQconninfoOption* one = all; one != nullptr && one->keyword != nullptr; ++one) {
    if (std::strcmp(one->keyword, "options") == 0 && one->val != nullptr) found = one->val;
  }
  PQconninfoFree(all);
  return found;
}

PGconn* start_connecting(const ConnectionOptions& options) {
  const std::string startup =
      startup_options(options.statement_timeout, options_in_url(options.url));
  // What stands before dbname is a default that the URL may overrule. A server that died without a
  // word is noticed after 10 + 3 * 5 s when idle, after 20 s when data waits for its TCP.
  const std::vector<std::pair<const char*, const char*>> pairs = {
      {"application_name", options.application_name.c_str()},
      {"keepalives", "1"},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "20000"},
      {"dbname", options.url.c_str()},
      {"options", startup.c_str()},
      {"client_encoding", "UTF8"},
  };
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : pairs) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  return PQconnectStartParams(keywords.data(), values.data(), /*expand_dbname=*/1);
}

// Empty when connected, otherwise the cause.
std::string wait_until_connected(PGconn* connection, std::chrono::milliseconds timeout) {
  const time::Instant deadline = now() + timeout;
  PostgresPollingStatusType need = PGRES_POLLING_WRITING;
  while (need != PGRES_POLLING_OK) {
    const short events = need == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    const int ready = poll_socket(PQsocket(connection), events, deadline);
    if (ready == 0) return fmt::format("no answer within {} ms", timeout.count());
    if (ready < 0) return std::strerror(errno);
    need = PQconnectPoll(connection);
    if (need == PGRES_POLLING_FAILED) return trimmed(PQerrorMessage(connection));
  }
  return {};
}

}  // namespace

void ClearResult::operator()(pg_result* result) const {
  PQclear(result);
}

// The server's own care for a client that vanished without a word, whose transaction holds locks
// that others wait for: its keepalives take as long as ours, and a transaction in which nothing
// comes for longer than a statement may take is ended. Without a statement timeout the client has
// work to do between statements that may take any time.
std::string startup_options(std::chrono::milliseconds statement_timeout, std::string_view theirs) {
  std::string options = fmt::format("-c statement_timeout={}", statement_timeout.count());
  if (statement_timeout.count() != 0) {
    options += fmt::format(" -c idle_in_transaction_session_timeout={}",
                           (statement_timeout + kIdleGrace).count());
  }
  options +=
      " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
      " -c timezone=UTC -c client_min_messages=warning";
  if (!theirs.empty()) options += fmt::format(" {}", theirs);
  return options;
}

absl::StatusOr<std::unique_ptr<Link>> Link::open(const ConnectionOptions& options) {
  // Before libpq says it: its words quote the URL, and it would look like a server that is away.
  MILLRACE_RETURN_IF_ERROR(error::prefixed("cannot read database-url", check_url(options.url)));
  PGconn* connection = start_connecting(options);
  if (connection == nullptr) {
    return absl::ResourceExhaustedError("cannot connect to PostgreSQL: out of memory");
  }
  std::unique_ptr<Link> link(new Link(connection));
  std::string cause;
  if (PQstatus(connection) == CONNECTION_BAD) {
    cause = trimmed(PQerrorMessage(connection));
  } else {
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
    cause = wait_until_connected(connection, options.connect_timeout);
  }
  if (!cause.empty()) {
    const std::string state = state_in(cause);
    const bool full = code_of_sqlstate(state) == absl::StatusCode::kResourceExhausted;
    return with_sqlstate(
        absl::Status(full ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable,
                     fmt::format("cannot connect to {}: {}", place_of(connection), cause)),
        state);
  }
  PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
  PQsetNoticeReceiver(connection, ignore_notice, nullptr);
  PQsetnonblocking(connection, 1);
  return link;
}

Link::~Link() {
  PQfinish(connection_);
}

bool Link::broken() const {
  return given_up_ || PQstatus(connection_) == CONNECTION_BAD;
}

bool Link::alive() {
  if (broken()) return false;
  while (true) {
    const int ready = poll_socket(PQsocket(connection_), POLLIN, now());
    if (ready < 0) return false;
    if (ready == 0) return true;
    // Readable while idle: a notice, a parameter that changed, or the end.
    if (PQconsumeInput(connection_) == 0 || broken()) return false;
    // A farewell (57P01) comes as a result without a question.
    while (PQisBusy(connection_) == 0) {
      ResultHandle result(PQgetResult(connection_));
      if (result == nullptr) break;
    }
    if (broken()) return false;
  }
}

bool Link::in_transaction() const {
  const PGTransactionStatusType status = PQtransactionStatus(connection_);
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

bool Link::idle() const {
  return PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

Link::Deadline Link::deadline() const {
  if (answer_timeout_.count() == 0) return std::nullopt;
  return now() + answer_timeout_;
}

absl::Status Link::lost(const std::string& cause) {
  given_up_ = true;
  return absl::UnavailableError(
      fmt::format("lost the connection to {}: {}", place_of(connection_), cause));
}

absl::Status Link::wait(short events, Deadline deadline) {
  const int ready = poll_socket(PQsocket(connection_), events, deadline);
  if (ready == 0) {
    return lost(fmt::format("no answer within {} ms", answer_timeout_.count()));
  }
  if (ready < 0) return lost(std::strerror(errno));
  return absl::OkStatus();
}

absl::Status Link::flush(Deadline deadline) {
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return absl::OkStatus();
    if (left < 0) {
      // The server may have said why before it hung up: let the results tell.
      if (PQconsumeInput(connection_) == 0) return lost(trimmed(PQerrorMessage(connection_)));
      return absl::OkStatus();
    }
    MILLRACE_RETURN_IF_ERROR(wait(POLLIN | POLLOUT, deadline));
    // Reading while writing: a server that answers early must not block on us.
    if (PQconsumeInput(connection_) == 0) return lost(trimmed(PQerrorMessage(connection_)));
  }
}

absl::StatusOr<ResultHandle> Link::next_result(Deadline deadline) {
  while (PQisBusy(connection_) != 0) {
    MILLRACE_RETURN_IF_ERROR(wait(POLLIN, deadline));
    if (PQconsumeInput(connection_) == 0) {
      // PQgetResult below hands out the server's last words, if there were any.
      break;
    }
  }
  return ResultHandle(PQgetResult(connection_));
}

absl::Status Link::failure_of(const pg_result& result) {
  const char* state = PQresultErrorField(&result, PG_DIAG_SQLSTATE);
  const char* primary = PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY);
  if (state == nullptr) {
    const std::string cause = trimmed(PQresultErrorMessage(&result));
    if (broken()) return lost(cause);
    return absl::InternalError(cause);
  }
  // The primary message only: DETAIL quotes values, which may be secrets.
  return with_sqlstate(absl::Status(code_of_sqlstate(state),
                                    fmt::format("{} (SQLSTATE {})", trimmed(primary), state)),
                       state);
}

absl::StatusOr<ResultHandle> Link::drain(Deadline deadline) {
  ResultHandle last;
  absl::Status first_failure;
  while (true) {
    MILLRACE_ASSIGN_OR_RETURN(ResultHandle result, next_result(deadline));
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      return lost("a statement began a COPY outside copy_binary()");
    }
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (first_failure.ok()) first_failure = failure_of(*result);
    }
    last = std::move(result);
  }
  if (!first_failure.ok()) return first_failure;
  if (broken()) return lost(trimmed(PQerrorMessage(connection_)));
  if (last == nullptr) return lost("no result");
  return last;
}

absl::StatusOr<ResultHandle> Link::finish(int sent) {
  if (given_up_) return lost("it was lost before");
  if (sent == 0) {
    const std::string cause = trimmed(PQerrorMessage(connection_));
    if (broken()) return lost(cause);
    return absl::InternalError("cannot send to PostgreSQL: " + cause);
  }
  const Deadline until = deadline();
  MILLRACE_RETURN_IF_ERROR(flush(until));
  return drain(until);
}

absl::Status Link::begin_copy(int sent) {
  if (given_up_) return lost("it was lost before");
  if (sent == 0) return lost(trimmed(PQerrorMessage(connection_)));
  const Deadline until = deadline();
  MILLRACE_RETURN_IF_ERROR(flush(until));
  MILLRACE_ASSIGN_OR_RETURN(ResultHandle result, next_result(until));
  if (result != nullptr && PQresultStatus(result.get()) == PGRES_COPY_IN) return absl::OkStatus();
  if (result == nullptr) return lost("no result");
  absl::Status failure = failure_of(*result);
  while (result != nullptr) {
    MILLRACE_ASSIGN_OR_RETURN(result, next_result(until));
  }
  return failure;
}

absl::Status Link::send_copy(std::string_view chunk) {
  // 0 cannot be: libpq's buffer grows, and flush() empties it after each chunk.
  if (PQputCopyData(connection_, chunk.data(), static_cast<int>(chunk.size())) != 1) {
    return lost(trimmed(PQerrorMessage(connection_)));
  }
  return flush(deadline());
}

absl::StatusOr<ResultHandle> Link::end_copy() {
  return finish(PQputCopyEnd(connection_, nullptr) == 1 ? 1 : 0);
}

absl::StatusOr<ResultHandle> Link::simple(const std::string& sql) {
  if (given_up_) return lost("it was lost before");
  return finish(PQsendQuery(connection_, sql.c_str()));
}

}  // namespace millrace::postgres
