// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/connection.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <unordered_map>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "lib/error/error.h"
#include "lib/postgres/cancellation.h"
#include "lib/postgres/link.h"
#include "lib/postgres/result.h"

namespace millrace::postgres {
namespace {

// Beyond the statement timeout, before a silent server is given up.
constexpr std::chrono::milliseconds kGrace{10'000};
// Prepared statements kept per connection; the least recently used go first. Each costs the server
// some 10 to 100 KiB.
constexpr std::size_t kMaxStatements = 256;
constexpr std::size_t kCopyChunkBytes = 256 << 10;
constexpr std::size_t kMaxParamBytes = std::size_t{1} << 30;  // PostgreSQL's limit of a value

std::chrono::milliseconds answer_timeout(std::chrono::milliseconds statement_timeout) {
  return statement_timeout.count() == 0 ? statement_timeout : statement_timeout + kGrace;
}

std::string shortened(const std::string& sql) {
  constexpr std::size_t kShown = 80;
  std::string text = sql.substr(0, kShown);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return sql.size() > kShown ? text + "…" : text;
}

absl::Status check(const std::string& sql, const std::vector<Param>& params) {
  if (sql.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("cannot run a statement that contains NUL");
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (params[i].has_nul) {
      return absl::InvalidArgumentError(
          fmt::format("cannot send text parameter ${}: it contains U+0000, which PostgreSQL cannot "
                      "store",
                      i + 1));
    }
    if (params[i].bytes.size() >= kMaxParamBytes) {
      return absl::InvalidArgumentError(
          fmt::format("cannot send parameter ${}: it has {} bytes, at most {} are allowed", i + 1,
                      params[i].bytes.size(), kMaxParamBytes - 1));
    }
  }
  return absl::OkStatus();
}

// The statement's text with its parameter types: NULL of unknown type makes another statement.
std::string statement_key(const std::string& sql, const std::vector<Param>& params) {
  std::string key = sql;
  key += '\0';
  for (const Param& param : params) {
    key.append(reinterpret_cast<const char*>(&param.type_oid), sizeof param.type_oid);
  }
  return key;
}

// A statement the server forgot (a pooler between us) or whose tables changed (a migration ran).
bool is_stale(const absl::Status& status) {
  const std::string state = sqlstate(status);
  return state == "26000" || state == "0A000";
}

}  // namespace

struct Connection::State {
  std::unique_ptr<Link> link;
  std::chrono::milliseconds statement_timeout{0};
  std::unique_ptr<Cancellation> cancellation;
  std::atomic<bool> cancel_requested{false};

  struct Statement {
    std::string key;
    std::string name;
  };
  std::list<Statement> statements;  // most recently used first
  std::unordered_map<std::string, std::list<Statement>::iterator> by_key;
  std::uint64_t next_statement = 1;

  absl::StatusOr<std::string> prepared(const std::string& sql, const std::vector<Param>& params);
  absl::Status forget_oldest();
  void forget(const std::string& key);
  absl::StatusOr<ResultHandle> run(const std::string& name, const std::vector<Param>& params);
  absl::Status explained(const std::string& what, const absl::Status& failure);
};

absl::StatusOr<std::string> Connection::State::prepared(const std::string& sql,
                                                        const std::vector<Param>& params) {
  std::string key = statement_key(sql, params);
  if (const auto found = by_key.find(key); found != by_key.end()) {
    statements.splice(statements.begin(), statements, found->second);
    return found->second->name;
  }
  std::vector<Oid> types;
  types.reserve(params.size());
  for (const Param& param : params) types.push_back(param.type_oid);
  std::string name = fmt::format("s{}", next_statement++);
  const auto prepared = link->finish(PQsendPrepare(link->connection(), name.c_str(), sql.c_str(),
                                                   static_cast<int>(types.size()), types.data()));
  if (!prepared.ok()) return prepared.status();
  statements.push_front({key, name});
  by_key.emplace(std::move(key), statements.begin());
  if (statements.size() > kMaxStatements) MILLRACE_RETURN_IF_ERROR(forget_oldest());
  return name;
}

absl::Status Connection::State::forget_oldest() {
  const std::string name = statements.back().name;
  by_key.erase(statements.back().key);
  statements.pop_back();
  return link->simple("DEALLOCATE " + name).status();
}

void Connection::State::forget(const std::string& key) {
  const auto found = by_key.find(key);
  if (found == by_key.end()) return;
  // Gone already when the server forgot it itself: the failure says nothing new.
  (void)link->simple("DEALLOCATE " + found->second->name);
  statements.erase(found->second);
  by_key.erase(found);
}

absl::StatusOr<ResultHandle> Connection::State::run(const std::string& name,
                                                    const std::vector<Param>& params) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  const std::vector<int> formats(params.size(), 1);
  for (const Param& param : params) {
    values.push_back(param.null ? nullptr : param.bytes.data());
    lengths.push_back(static_cast<int>(param.bytes.size()));
  }
  return link->finish(PQsendQueryPrepared(link->connection(), name.c_str(),
                                          static_cast<int>(params.size()), values.data(),
                                          lengths.data(), formats.data(), /*resultFormat=*/1));
}

absl::Status Connection::State::explained(const std::string& what, const absl::Status& failure) {
  absl::Status status = failure;
  if (sqlstate(failure) == "57014" && cancel_requested) {
    status = absl::CancelledError(error::message(failure));
    failure.ForEachPayload([&status](absl::string_view url, const absl::Cord& payload) {
      status.SetPayload(url, payload);
    });
  }
  return error::prefixed("cannot run " + what, status);
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::connect(const ConnectionOptions& options) {
  auto state = std::make_unique<State>();
  MILLRACE_ASSIGN_OR_RETURN(state->link, Link::open(options));
  state->statement_timeout = options.statement_timeout;
  state->link->set_answer_timeout(answer_timeout(options.statement_timeout));
  state->cancellation = std::make_unique<Cancellation>(state->link->connection());
  return std::unique_ptr<Connection>(new Connection(std::move(state)));
}

bool Connection::broken() const {
  return state_->link->broken();
}

bool Connection::alive() {
  return state_->link->alive();
}

bool Connection::in_transaction() const {
  return state_->link->in_transaction();
}

absl::Status Connection::set_statement_timeout(std::chrono::milliseconds timeout) {
  MILLRACE_RETURN_IF_ERROR(
      execute_script(fmt::format("SET statement_timeout = {}", timeout.count())));
  state_->statement_timeout = timeout;
  state_->link->set_answer_timeout(answer_timeout(timeout));
  return absl::OkStatus();
}

std::chrono::milliseconds Connection::statement_timeout() const {
  return state_->statement_timeout;
}

absl::StatusOr<Result> Connection::execute(const std::string& sql,
                                           const std::vector<Param>& params) {
  MILLRACE_RETURN_IF_ERROR(check(sql, params));
  state_->cancel_requested = false;
  const bool may_retry = state_->link->idle();
  absl::Status failure;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    auto name = state_->prepared(sql, params);
    if (!name.ok()) return state_->explained(shortened(sql), name.status());
    auto handle = state_->run(*name, params);
    if (handle.ok()) {
      Result result;
      result.state_->handle = *std::move(handle);
      return result;
    }
    failure = handle.status();
    if (!is_stale(failure)) break;
    state_->forget(statement_key(sql, params));
    if (!may_retry) break;
  }
  return state_->explained(shortened(sql), failure);
}

absl::Status Connection::execute_script(const std::string& sql) {
  MILLRACE_RETURN_IF_ERROR(check(sql, {}));
  state_->cancel_requested = false;
  const auto done = state_->link->simple(sql);
  return done.ok() ? absl::OkStatus() : state_->explained(shortened(sql), done.status());
}

absl::StatusOr<std::int64_t> Connection::copy_binary(const std::string& target,
                                                     std::string_view rows) {
  const std::string sql = fmt::format("COPY {} FROM STDIN (FORMAT binary)", target);
  state_->cancel_requested = false;
  Link& link = *state_->link;
  absl::Status begun = link.begin_copy(PQsendQuery(link.connection(), sql.c_str()));
  if (!begun.ok()) return state_->explained(sql, begun);
  for (std::size_t at = 0; at < rows.size(); at += kCopyChunkBytes) {
    absl::Status sent = link.send_copy(rows.substr(at, kCopyChunkBytes));
    if (!sent.ok()) return state_->explained(sql, sent);
  }
  auto handle = link.end_copy();
  if (!handle.ok()) return state_->explained(sql, handle.status());
  Result result;
  result.state_->handle = *std::move(handle);
  return result.affected_rows();
}

void Connection::cancel() {
  state_->cancel_requested = true;
  state_->cancellation->request();
}

bool Connection::settle_cancel(std::chrono::milliseconds wait) {
  return state_->cancellation->settle(wait);
}

absl::StatusOr<Transaction> Transaction::begin(Connection& connection) {
  MILLRACE_RETURN_IF_ERROR(connection.execute_script("BEGIN"));
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ == nullptr || connection_->broken() || !connection_->in_transaction()) return;
  // A failure breaks the link or leaves the transaction open; the pool keeps neither.
  (void)connection_->execute_script("ROLLBACK");
}

absl::Status Transaction::commit() {
  Connection& connection = *std::exchange(connection_, nullptr);
  connection.state_->cancel_requested = false;
  const auto done = connection.state_->link->simple("COMMIT");
  if (!done.ok()) {
    absl::Status failure = connection.state_->explained("COMMIT", done.status());
    // Also after a farewell like 57P01: it may have come between the commit and its answer.
    return connection.broken() ? error::with_unknown_outcome(std::move(failure)) : failure;
  }
  if (std::string_view(PQcmdStatus(done->get())) == "ROLLBACK") {
    return absl::InternalError(
        "cannot commit: a statement of the transaction had failed, so it was rolled back");
  }
  return absl::OkStatus();
}

}  // namespace millrace::postgres
