// SPDX-License-Identifier: Apache-2.0
#include "registry/client_credentials_rules.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "registry/field_rules.h"

namespace millrace::registry {
namespace {

constexpr std::size_t kMaxUserNameCharacters = 128;
constexpr std::size_t kMinPasswordBytes = 8;
constexpr std::size_t kMaxPasswordBytes = 256;
constexpr std::size_t kMinIssuerBytes = 3;
constexpr std::size_t kMaxIssuerBytes = 1024;
constexpr std::size_t kMaxSerialDigits = 49;

constexpr char kHowToSee[] =
    "`openssl x509 -noout -issuer -nameopt RFC2253 -in …` prints it behind \"issuer=\"";

bool is_printable(char c) {
  return c >= 0x20 && c < 0x7F;
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The place of the first blank behind a comma that separates parts; npos: there is none.
std::size_t blank_after_comma(std::string_view name) {
  for (std::size_t i = 0; i + 1 < name.size(); ++i) {
    if (name[i] == '\\') {
      ++i;  // whatever it is, it separates nothing
    } else if (name[i] == ',' && name[i + 1] == ' ') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// What is wrong with a distinguished name; empty: it may be of RFC 2253.
std::string fault_of(std::string_view issuer) {
  if (issuer.size() < kMinIssuerBytes || issuer.size() > kMaxIssuerBytes) {
    return fmt::format("it must have {} to {} bytes", kMinIssuerBytes, kMaxIssuerBytes);
  }
  if (!std::all_of(issuer.begin(), issuer.end(), is_printable)) {
    return "other bytes than printable ASCII must be escaped as \\XX";
  }
  if (issuer.starts_with("issuer=")) return "leave \"issuer=\" out";
  const std::string_view type = issuer.substr(0, issuer.find('='));
  const bool is_type = !type.empty() && type.size() < issuer.size() &&
                       std::all_of(type.begin(), type.end(),
                                   [](char c) { return is_letter_or_digit(c) || c == '.'; });
  if (!is_type) return "it must begin with a type and =, without blanks, such as CN=";
  if (blank_after_comma(issuer) != std::string_view::npos) {
    return "its parts must be separated by , without a blank";
  }
  return {};
}

bool has_tls(identity::v1::ClientTransport transport) {
  return transport == identity::v1::CLIENT_TRANSPORT_TLS ||
         transport == identity::v1::CLIENT_TRANSPORT_SECURE_WEBSOCKET;
}

}  // namespace

absl::Status check_user_name(const std::string& field, const std::string& value) {
  return check_text(field, value, {1, kMaxUserNameCharacters});
}

absl::Status check_password(const std::string& field, const std::string& value) {
  if (value.size() >= kMinPasswordBytes && value.size() <= kMaxPasswordBytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {}: it must have {} to {} bytes, or be left out for one to be "
                  "made; this has {}",
                  field, kMinPasswordBytes, kMaxPasswordBytes, value.size()));
}

absl::Status check_certificate(const std::string& field,
                               const identity::v1::ClientCertificate& certificate) {
  if (const std::string fault = fault_of(certificate.issuer()); !fault.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("cannot use field {}.issuer: {}; {}", field, fault, kHowToSee));
  }
  const std::string& number = certificate.serial_number();
  const bool is_decimal =
      !number.empty() && number.size() <= kMaxSerialDigits &&
      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
      (number.size() == 1 || number.front() != '0');
  if (is_decimal) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "cannot use field {}.serial_number: it must be in base 10, without leading zeros, at most {} "
      "digits; `millrace client-credentials create --certificate-file …` reads it from a file",
      field, kMaxSerialDigits));
}

absl::Status check_transports(const v1::UpdateClientAuthenticationRequest& request) {
  if (request.transports().empty()) {
    return absl::InvalidArgumentError("cannot use field transports: it names none");
  }
  std::set<int> seen;
  for (int i = 0; i < request.transports_size(); ++i) {
    const identity::v1::TransportAuthentication& wanted = request.transports(i);
    const identity::v1::ClientTransport transport = wanted.transport();
    if (transport == identity::v1::CLIENT_TRANSPORT_UNSPECIFIED ||
        !identity::v1::ClientTransport_IsValid(transport)) {
      return absl::InvalidArgumentError(
          fmt::format("cannot use field transports[{}].transport {}: it must be a ClientTransport",
                      i, static_cast<int>(transport)));
    }
    if (!seen.insert(transport).second) {
      return absl::InvalidArgumentError(
          fmt::format("cannot use field transports[{}].transport: {} is there twice", i,
                      identity::v1::ClientTransport_Name(transport)));
    }
    if (wanted.certificate_required() && !has_tls(transport)) {
      return absl::InvalidArgumentError(fmt::format(
          "cannot use field transports[{}].certificate_required: clients have no certificate on "
          "{}, only on CLIENT_TRANSPORT_TLS and CLIENT_TRANSPORT_SECURE_WEBSOCKET",
          i, identity::v1::ClientTransport_Name(transport)));
    }
  }
  return absl::OkStatus();
}

}  // namespace millrace::registry
