// SPDX-License-Identifier: Apache-2.0
//
// The words of the configuration file for what are numbers in the messages.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "millrace/configuration/v1/configuration.pb.h"

namespace millrace::series_rules {

// iso8601, unix-epoch, millis-unix-epoch, micros-unix-epoch, nanos-unix-epoch; unset: iso8601.
// Empty: no such format.
std::string word(configuration::v1::TimestampFormat format);
// fail, server-timestamp; unset: fail.
std::string word(configuration::v1::TimestampFallback fallback);
// number, string, boolean; unset: number.
std::string word(configuration::v1::ValueType type);

// Upper and lower case are the same. Nothing: no such word.
std::optional<configuration::v1::TimestampFormat> format_of(std::string_view text);
std::optional<configuration::v1::TimestampFallback> fallback_of(std::string_view text);
std::optional<configuration::v1::ValueType> type_of(std::string_view text);

// For messages: "iso8601, unix-epoch, …".
std::string format_words();
std::string fallback_words();
std::string type_words();

}  // namespace millrace::series_rules
