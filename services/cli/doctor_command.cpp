// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/text_table.h"
#include "cli/value_text.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using Diagnosis = query::v1::DiagnoseResponse;

struct DoctorOptions {
  std::vector<std::string> without;
};

void add_finding(Diagnosis& diagnosis, const std::string& what, const std::string& action) {
  query::v1::Finding& finding = *diagnosis.add_findings();
  finding.set_severity(query::v1::Finding::SEVERITY_ERROR);
  finding.set_what(what);
  finding.set_action(action);
}

// What query says; where it says nothing, that is the finding, and the registry is asked whether it
// is alone in that.
Diagnosis diagnose(Run& run, const DoctorOptions& options) {
  query::v1::DiagnoseRequest request;
  for (const std::string& service : options.without) request.add_without(service);
  auto asked = run.session.ask_query<Diagnosis>([&](auto& stub, auto& context, auto& response) {
    return stub.Diagnose(&context, request, &response);
  });
  Diagnosis diagnosis;
  if (asked.ok()) {
    diagnosis = *std::move(asked);
  } else {
    add_finding(diagnosis, "query cannot be asked: " + error::message(asked.status()),
                "start query, or look into its log: it knows how the other parts are");
  }
  registry::v1::ListApplicationsRequest one;
  one.set_page_size(1);
  const auto registry = run.session.ask_registry<registry::v1::ListApplicationsResponse>(
      [&](auto& stub, auto& context, auto& response) {
        return stub.ListApplications(&context, one, &response);
      });
  if (!registry.ok()) {
    add_finding(diagnosis, "the registry cannot be asked: " + error::message(registry.status()),
                "start the registry, or look into its log");
  }
  return diagnosis;
}

std::string ledger_text(const query::v1::Ledger& ledger) {
  std::string text = fmt::format("ledger since {}: {} messages received = {} ended + {} in flight",
                                 format_time(ledger.since()), ledger.messages_received(),
                                 ledger.messages_ended(), ledger.messages_in_flight());
  if (ledger.difference() != 0) text += fmt::format(" + {} MISSING", ledger.difference());
  return text + fmt::format(
                    "\nsamples of those that ended: {} stored, {} merged, {} rejected, {} "
                    "empty; {} messages terminated\n",
                    ledger.samples_stored(), ledger.samples_merged(), ledger.samples_rejected(),
                    ledger.samples_empty(), ledger.messages_terminated());
}

std::string severity_text(const query::v1::Finding& finding) {
  return finding.severity() == query::v1::Finding::SEVERITY_WARNING ? "warning" : "error";
}

std::string text_of(const Diagnosis& diagnosis) {
  std::string text;
  if (diagnosis.has_ledger()) text += ledger_text(diagnosis.ledger()) + "\n";
  if (diagnosis.parts_size() > 0) {
    Table parts{{"part", "instance", "version", "healthy", "detail"}, {}};
    for (const query::v1::PartStatus& part : diagnosis.parts()) {
      parts.rows.push_back({part.part(), part.instance(), part.version(),
                            part.healthy() ? "yes" : "no", part.detail()});
    }
    text += text_table(parts) + "\n";
  }
  if (diagnosis.findings().empty()) return text + "Nothing is wrong.\n";
  for (const query::v1::Finding& finding : diagnosis.findings()) {
    text += fmt::format("{}: {}\n  -> {}\n", severity_text(finding), visible(finding.what()),
                        visible(finding.action()));
  }
  return text;
}

absl::Status doctor(Run& run, const DoctorOptions& options) {
  const Diagnosis diagnosis = diagnose(run, options);
  if (run.output.format() == Format::kTable) {
    MILLRACE_RETURN_IF_ERROR(run.output.write(text_of(diagnosis)));
    MILLRACE_RETURN_IF_ERROR(run.output.flush());
  } else {
    Table findings{{"severity", "what", "action"}, {}};
    for (const query::v1::Finding& finding : diagnosis.findings()) {
      findings.rows.push_back({severity_text(finding), finding.what(), finding.action()});
    }
    MILLRACE_RETURN_IF_ERROR(run.output.print(diagnosis, findings));
  }
  const int count = diagnosis.findings_size();
  if (count == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format("{} finding{}", count, count == 1 ? "" : "s"));
}

}  // namespace

void add_doctor_command(Commands& commands) {
  CLI::App& verb = *commands.root.add_subcommand(
      "doctor", "Looks at every part and at the ledger, and says what is wrong and what to do");
  const auto options = std::make_shared<DoctorOptions>();
  verb.add_option("--without", options->without,
                  "A service that this deployment does not have; may be repeated")
      ->check(CLI::IsMember({"http-receiver", "mqtt-receiver", "epts", "registry"}))
      ->allow_extra_args(false);
  verb.footer(
      "Exit status: 0 nothing is wrong, 1 something is.\n"
      "Examples:\n"
      "  millrace doctor\n"
      "  millrace doctor --without mqtt-receiver --format json");
  verb.callback([&commands, options] {
    commands.command = [options](Run& run) { return doctor(run, *options); };
  });
}

}  // namespace millrace::cli
