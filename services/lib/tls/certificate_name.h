// SPDX-License-Identifier: Apache-2.0
//
// What names an X.509 certificate: its issuer and the serial number that the issuer gave it, as
// text that can be compared byte by byte.
#pragma once

#include <optional>
#include <string>

#include <absl/status/statusor.h>

// Of OpenSSL, which only files of this folder include.
struct ssl_st;
struct x509_st;

namespace millrace::tls {

struct CertificateName {
  // The form of OpenSSL's XN_FLAG_RFC2253: CN=Plant CA,O=Example
  std::string issuer;
  // In base 10.
  std::string serial_number;

  friend bool operator==(const CertificateName&, const CertificateName&) = default;
};

CertificateName name_of(const x509_st& certificate);

// Of the certificate that the peer has shown in the handshake; nothing: it has shown none, or one
// that could not be verified.
std::optional<CertificateName> peer_certificate_name(const ssl_st& connection);

// Of the first certificate of a PEM file. Failures name the file and what is wrong with it.
absl::StatusOr<CertificateName> read_certificate_name(const std::string& path);

}  // namespace millrace::tls
