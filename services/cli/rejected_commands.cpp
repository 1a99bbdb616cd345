// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr std::int64_t kMaxPageSize = 1000;
constexpr std::int64_t kDefaultLimit = 100;
constexpr std::int64_t kMaxLimit = 100'000;

struct RejectedOptions {
  std::string application;
  std::string endpoint_id;
  std::string reason;
  std::string from;
  std::string to;
  std::int64_t limit = kDefaultLimit;
};

// What the requests of both verbs have in common.
template <class Request>
absl::Status choose(const RejectedOptions& options, time::UnixMicros now, Request& request) {
  request.set_application_name(options.application);
  request.set_endpoint_id(options.endpoint_id);
  request.set_reason(options.reason);
  if (!options.from.empty()) {
    const auto from = parse_time(options.from, now);
    if (!from.ok()) return wrong_usage("--from: " + error::message(from.status()));
    *request.mutable_from() = to_timestamp(*from);
  }
  if (!options.to.empty()) {
    const auto to = parse_time(options.to, now);
    if (!to.ok()) return wrong_usage("--to: " + error::message(to.status()));
    *request.mutable_to() = to_timestamp(*to);
  }
  return absl::OkStatus();
}

// Pages until the limit; the token of the last page stays in the answer.
absl::StatusOr<query::v1::ListRejectedSamplesResponse> read(
    Run& run, const RejectedOptions& options, query::v1::ListRejectedSamplesRequest& request) {
  query::v1::ListRejectedSamplesResponse all;
  do {
    const std::int64_t left = options.limit - all.rejected_samples_size();
    request.set_page_size(static_cast<std::int32_t>(std::min(left, kMaxPageSize)));
    request.set_page_token(all.next_page_token());
    MILLRACE_ASSIGN_OR_RETURN(const auto page,
                              run.session.ask_query<query::v1::ListRejectedSamplesResponse>(
                                  [&](auto& stub, auto& context, auto& response) {
                                    return stub.ListRejectedSamples(&context, request, &response);
                                  }));
    all.clear_next_page_token();
    all.MergeFrom(page);
  } while (!all.next_page_token().empty() && all.rejected_samples_size() < options.limit);
  return all;
}

absl::Status list(Run& run, const RejectedOptions& options) {
  query::v1::ListRejectedSamplesRequest request;
  MILLRACE_RETURN_IF_ERROR(choose(options, run.clock.now(), request));
  MILLRACE_ASSIGN_OR_RETURN(const auto all, read(run, options, request));
  Table table{{"received_at", "endpoint_id", "app_version_name", "reason", "detail", "path",
               "value", "partly_stored", "sample_count", "sample"},
              {}};
  for (const query::v1::RejectedSample& sample : all.rejected_samples()) {
    table.rows.push_back({format_time(sample.received_at()), sample.endpoint_id(),
                          sample.app_version_name(), sample.reason(), sample.detail(),
                          sample.path(), sample.value(), sample.partly_stored() ? "yes" : "no",
                          std::to_string(sample.sample_count()),
                          sample.sample() + (sample.sample_cut() ? "…" : "")});
  }
  MILLRACE_RETURN_IF_ERROR(run.output.print(all, table));
  if (!all.next_page_token().empty()) {
    run.note(
        fmt::format("this ends after the newest {} samples; there are more: give a higher "
                    "--limit (at most {}), or an earlier --to",
                    all.rejected_samples_size(), kMaxLimit));
  }
  return absl::OkStatus();
}

absl::Status replay(Run& run, const RejectedOptions& options) {
  query::v1::ReplayRejectedSamplesRequest request;
  MILLRACE_RETURN_IF_ERROR(choose(options, run.clock.now(), request));
  query::v1::ReplayRejectedSamplesResponse all;
  do {
    request.set_page_token(all.next_page_token());
    MILLRACE_ASSIGN_OR_RETURN(const auto page,
                              run.session.ask_query<query::v1::ReplayRejectedSamplesResponse>(
                                  [&](auto& stub, auto& context, auto& response) {
                                    return stub.ReplayRejectedSamples(&context, request, &response);
                                  }));
    all.set_replayed(all.replayed() + page.replayed());
    all.set_cut(all.cut() + page.cut());
    all.set_next_page_token(page.next_page_token());
  } while (!all.next_page_token().empty());
  MILLRACE_RETURN_IF_ERROR(run.output.print(
      all, {{"replayed", "cut"}, {{std::to_string(all.replayed()), std::to_string(all.cut())}}}));
  if (all.replayed() > 0) {
    run.note("what can be stored now leaves the list within moments: millrace rejected list");
  }
  return absl::OkStatus();
}

void add_choice(CLI::App& verb, RejectedOptions& options) {
  verb.add_option("--app", options.application, "The application")->required();
  verb.add_option("--endpoint", options.endpoint_id, "Only of this endpoint");
  verb.add_option("--reason", options.reason, "Only with this reason: number_out_of_range");
  verb.add_option("--from", options.from, "Received at or after: 2026-11-23, now-1d");
  verb.add_option("--to", options.to, "Received before");
}

void add_replay(Commands& commands, CLI::App& noun) {
  const auto options = std::make_shared<RejectedOptions>();
  CLI::App& verb = *noun.add_subcommand(
      "replay",
      "Sends rejected samples through extraction once more, under the series rules of now");
  add_choice(verb, *options);
  verb.footer(
      "What can be stored now is stored as if it had been the first time, and leaves the list; "
      "what cannot stays with its new reason. Doing it again does no harm.\n\n"
      "Example:\n  millrace rejected replay --app greenhouse --reason too_many_series");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return replay(run, *options); };
  });
}

}  // namespace

void add_rejected_commands(Commands& commands) {
  CLI::App& noun = *commands.root.add_subcommand(
      "rejected", "Samples that were accepted and could not be stored");
  noun.require_subcommand(1);
  const auto options = std::make_shared<RejectedOptions>();
  CLI::App& list_verb = *noun.add_subcommand(
      "list", "Lists the samples that could not be stored, newest first, each with its reason");
  add_choice(list_verb, *options);
  list_verb.add_option("--limit", options->limit, "Most samples to show")
      ->check(CLI::Range(std::int64_t{1}, kMaxLimit))
      ->capture_default_str();
  list_verb.footer("Example:\n  millrace rejected list --app greenhouse --from now-1d");
  list_verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return list(run, *options); };
  });
  add_replay(commands, noun);
}

}  // namespace millrace::cli
