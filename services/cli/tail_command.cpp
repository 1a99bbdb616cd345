// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/query_options.h"
#include "cli/resumption.h"
#include "cli/session.h"
#include "cli/tail_printer.h"
#include "lib/concurrency/wait.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

struct TailOptions {
  std::string application;
  std::vector<std::string> endpoint_ids;
  std::vector<std::string> series_names;
  std::string from;
};

absl::StatusOr<query::v1::SubscribeRequest> request_of(const TailOptions& options,
                                                       time::UnixMicros now) {
  query::v1::SubscribeRequest request;
  request.set_application_name(options.application);
  for (const std::string& id : options.endpoint_ids) request.add_endpoint_ids(id);
  for (const std::string& name : options.series_names) request.add_time_series_names(name);
  if (!options.from.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(const auto from, parse_time_option("--from", options.from, now));
    *request.mutable_from() = to_timestamp(from);
  }
  return request;
}

absl::Status tail(Run& run, const TailOptions& options) {
  MILLRACE_ASSIGN_OR_RETURN(auto request, request_of(options, run.clock.now()));
  TailPrinter printer(run.output, options.endpoint_ids, options.series_names);
  Resumption resumption;
  while (true) {
    const absl::Status status =
        run.session.stream_live(request, [&](query::v1::SubscribeResponse& answer) -> absl::Status {
          MILLRACE_RETURN_IF_ERROR(printer.add(answer));
          if (!answer.caught_up().interruption().empty()) {
            run.note(fmt::format("query read from the table again: {}",
                                 answer.caught_up().interruption()));
          }
          if (answer.resume_token().empty()) return absl::OkStatus();
          request.set_resume_token(answer.resume_token());
          resumption.received();
          return absl::OkStatus();
        });
    // It goes on until somebody ends it: an answer that is over has broken off as well.
    const absl::Status why =
        status.ok() ? absl::UnavailableError("the stream of points has ended") : status;
    const auto pause = resumption.pause_after(why);
    if (!pause) return why;
    run.note(
        fmt::format("{}; going on behind what came in {} ms", error::message(why), pause->count()));
    concurrency::sleep_for(std::stop_token(), *pause);
  }
}

}  // namespace

void add_tail_command(Commands& commands) {
  CLI::App& verb = *commands.root.add_subcommand(
      "tail", "Shows points as they are stored, until it is ended (Ctrl-C)");
  const auto options = std::make_shared<TailOptions>();
  verb.add_option("APP,--app", options->application, "The application")->required();
  verb.add_option("ENDPOINT,--endpoint", options->endpoint_ids,
                  "Endpoints; all, also new ones, otherwise");
  verb.add_option("--series", options->series_names,
                  "A series name; may be repeated; all otherwise")
      ->allow_extra_args(false);
  verb.add_option("--from", options->from,
                  "First what is stored from this time on: now-1h, 2026-11-23T06:00:00Z");
  verb.footer(
      "Examples:\n"
      "  millrace tail greenhouse\n"
      "  millrace tail greenhouse station-7 --series auto~temperature --from now-1h --format csv\n"
      "\n"
      "JSON is one SubscribeResponse a line. Where the connection breaks it goes on by itself; the "
      "last\npoints before that may come twice.");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return tail(run, *options); };
  });
}

}  // namespace millrace::cli
