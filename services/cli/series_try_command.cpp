// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/document.h"
#include "cli/rules_document.h"
#include "cli/session.h"
#include "cli/trial_printer.h"
#include "cli/value_text.h"
#include "cli/wrong_usage.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kMaxSampleBytes = 1 << 20;
constexpr std::chrono::seconds kMaxWait{600};

struct TryOptions {
  std::string application;
  std::string rules_file;
  std::string samples_file;
  bool rejected = false;
  bool next = false;
  std::string endpoint_id;
  std::string reason;
  std::int32_t limit = 0;
  std::string wait;
};

absl::Status check(const TryOptions& options) {
  const bool given = !options.samples_file.empty();
  if (options.next && options.endpoint_id.empty()) {
    return wrong_usage("--endpoint is missing: --next waits for the samples of one endpoint");
  }
  if (!options.reason.empty() && !options.rejected) return wrong_usage("--reason needs --rejected");
  if (!options.wait.empty() && !options.next) return wrong_usage("--wait needs --next");
  if (given && (!options.endpoint_id.empty() || options.limit != 0)) {
    return wrong_usage("--endpoint and --limit need --rejected or --next");
  }
  if (given && options.samples_file == "-" && options.rules_file == "-") {
    return wrong_usage("--rules and --samples cannot both be standard input");
  }
  return absl::OkStatus();
}

absl::Status set_wait(const std::string& text, query::v1::NextSamples& next) {
  if (text.empty()) return absl::OkStatus();
  const auto wait = parse_length(text);
  if (!wait.ok() || *wait < std::chrono::seconds(1) || *wait > kMaxWait) {
    return wrong_usage("--wait: '" + text + "' must be like 30s, 5m, from 1s to 10m");
  }
  next.set_timeout_seconds(
      static_cast<std::int32_t>(std::chrono::ceil<std::chrono::seconds>(*wait).count()));
  return absl::OkStatus();
}

absl::StatusOr<query::v1::TrySeriesRulesRequest> request_of(Run& run, const TryOptions& options) {
  query::v1::TrySeriesRulesRequest request;
  request.set_application_name(options.application);
  if (!options.rules_file.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(const RulesDocument document,
                              read_rules_document(run, options.rules_file, options.application));
    *request.mutable_series_rules() = document.rules;
  }
  if (options.rejected) {
    request.mutable_rejected()->set_endpoint_id(options.endpoint_id);
    request.mutable_rejected()->set_reason(options.reason);
    request.mutable_rejected()->set_limit(options.limit);
  } else if (options.next) {
    request.mutable_next()->set_endpoint_id(options.endpoint_id);
    request.mutable_next()->set_limit(options.limit);
    MILLRACE_RETURN_IF_ERROR(set_wait(options.wait, *request.mutable_next()));
  } else {
    MILLRACE_ASSIGN_OR_RETURN(*request.mutable_given()->mutable_data_samples(),
                              read_document(options.samples_file, run.in, kMaxSampleBytes));
  }
  return request;
}

absl::Status try_rules(Run& run, const TryOptions& options) {
  MILLRACE_RETURN_IF_ERROR(check(options));
  MILLRACE_ASSIGN_OR_RETURN(const auto request, request_of(run, options));
  TrialPrinter printer(run.output);
  MILLRACE_RETURN_IF_ERROR(run.session.stream_trial(
      request, [&](query::v1::TriedSample& sample) { return printer.add(sample); }));
  MILLRACE_RETURN_IF_ERROR(printer.end());
  if (printer.samples() == 0) {
    run.note(options.next ? "no sample came; give it longer with --wait"
                          : "there is no such sample");
  }
  return absl::OkStatus();
}

}  // namespace

void add_series_try_verb(Commands& commands, CLI::App& noun) {
  CLI::App& verb = *noun.add_subcommand(
      "try", "Shows what series rules would make of samples, without storing anything");
  const auto options = std::make_shared<TryOptions>();
  verb.add_option("--app", options->application, "The application")->required();
  verb.add_option("--rules", options->rules_file,
                  "File with the rules to try; '-': standard input; without it those in force");
  CLI::App& source = *verb.add_option_group("source", "Which samples")->require_option(1);
  source.add_option("--samples", options->samples_file,
                    "File with a sample or an array of them, in JSON; '-': standard input");
  source.add_flag("--rejected", options->rejected, "The newest that could not be stored");
  source.add_flag("--next", options->next, "The next that --endpoint sends");
  verb.add_option("--endpoint", options->endpoint_id, "Only samples of this endpoint");
  verb.add_option("--reason", options->reason, "With --rejected: only of this reason");
  verb.add_option("--limit", options->limit,
                  "Most samples; without it 20 rejected ones, or the next 10")
      ->check(CLI::Range(1, 1000));
  verb.add_option("--wait", options->wait, "With --next: how long for them; without it 60s");
  verb.footer(
      "Examples:\n"
      "  millrace series try --app greenhouse --rules series.yaml --samples samples.json\n"
      "  millrace series try --app greenhouse --rules series.yaml --rejected --reason wrong_type\n"
      "  millrace series try --app greenhouse --rules series.yaml --next --endpoint station-7");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return try_rules(run, *options); };
  });
}

}  // namespace millrace::cli
