// SPDX-License-Identifier: Apache-2.0
//
// The nouns of the command line. Each function adds one with its verbs, options, help and examples.
#pragma once

#include "cli/command_line.h"

namespace millrace::cli {

void add_app_commands(Commands& commands);
void add_app_version_commands(Commands& commands);
void add_endpoint_commands(Commands& commands);
void add_token_commands(Commands& commands);
void add_key_commands(Commands& commands);
void add_client_credentials_commands(Commands& commands);
void add_client_authentication_commands(Commands& commands);
void add_dashboard_commands(Commands& commands);
void add_send_command(Commands& commands);
void add_series_commands(Commands& commands);
void add_query_command(Commands& commands);
void add_last_command(Commands& commands);
void add_tail_command(Commands& commands);
void add_chart_command(Commands& commands);
void add_rejected_commands(Commands& commands);
void add_doctor_command(Commands& commands);
void add_explain_command(Commands& commands);

// Verbs of the noun `series` that have a file of their own.
void add_series_rules_verbs(Commands& commands, CLI::App& noun);
void add_series_try_verb(Commands& commands, CLI::App& noun);

}  // namespace millrace::cli
