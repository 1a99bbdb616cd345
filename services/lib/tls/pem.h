// SPDX-License-Identifier: Apache-2.0
//
// PEM files: read whole, and looked at before anything is done with them. Failures are
// kInvalidArgument or kNotFound and name the file and what is wrong with it.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "lib/time/clock.h"
#include "lib/tls/certificate_files.h"

struct x509_st;  // OpenSSL's X509

namespace millrace::tls {

struct FreeCertificate {
  void operator()(x509_st* certificate) const;
};
using Certificate = std::unique_ptr<x509_st, FreeCertificate>;

// A certificate with its chain and its key, as PEM; they belong together.
struct KeyPair {
  std::string certificate;
  std::string key;
  time::UnixMicros not_after;  // of the server's own certificate
};

// Refuses a key with a pass phrase: a service has nobody to ask.
absl::StatusOr<KeyPair> read_key_pair(const CertificateFiles& files);

// The first certificate of a file.
absl::StatusOr<Certificate> read_certificate(const std::string& path);

// Certificates of authorities: one at least, and nothing in between that is none.
absl::StatusOr<std::string> read_authorities(const std::string& path);

}  // namespace millrace::tls
