// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/pem.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "lib/error/error.h"

namespace millrace::tls {
namespace {

// All authorities of a system fit.
constexpr std::size_t kMaxFileBytes = 4 << 20;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Of the oldest error, which is the cause; the queue is empty afterwards.
std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown error";
}

absl::StatusOr<std::string> read_file(const std::string& what, const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(
        fmt::format("cannot read the {} {}: {}", what, path, std::strerror(errno)));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(
        fmt::format("cannot use the {} {}: it has more than {} bytes", what, path, kMaxFileBytes));
  }
  return text;
}

Bio open_text(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

absl::Status unusable(const std::string& what, const std::string& path, const std::string& why) {
  return absl::InvalidArgumentError(fmt::format("cannot use the {} {}: {}", what, path, why));
}

// The first certificate of a text whose certificates can all be read.
absl::StatusOr<Certificate> first_of_all(const std::string& what, const std::string& path,
                                         const std::string& text) {
  ERR_clear_error();
  const Bio bio = open_text(text);
  Certificate first;
  while (true) {
    Certificate one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (one == nullptr) break;
    if (first == nullptr) first = std::move(one);
  }
  // The end of the text looks like a start that is missing.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) return unusable(what, path, fmt::format("damaged: {}", openssl_error()));
  ERR_clear_error();
  if (first == nullptr)
    return unusable(what, path, "it has no PEM certificate (BEGIN CERTIFICATE)");
  return first;
}

// Instead of OpenSSL's own, which asks at the terminal.
int no_pass_phrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

absl::StatusOr<Key> key_of(const std::string& path, const std::string& text) {
  ERR_clear_error();
  const Bio bio = open_text(text);
  bool asked = false;
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, &asked), EVP_PKEY_free);
  if (key != nullptr) return key;
  const std::string cause = openssl_error();
  if (asked) {
    return unusable("private key", path,
                    "it has a pass phrase; take it off with `openssl pkey -in … -out …`");
  }
  return unusable("private key", path,
                  fmt::format("it has no PEM private key (BEGIN PRIVATE KEY): {}", cause));
}

time::UnixMicros end_of(const X509& certificate) {
  std::tm moment{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &moment) != 1) return {};
  return time::UnixMicros{std::chrono::seconds{timegm(&moment)}};
}

}  // namespace

void FreeCertificate::operator()(X509* certificate) const {
  X509_free(certificate);
}

absl::StatusOr<Certificate> read_certificate(const std::string& path) {
  MILLRACE_ASSIGN_OR_RETURN(const std::string text, read_file("certificate", path));
  return first_of_all("certificate", path, text);
}

absl::StatusOr<KeyPair> read_key_pair(const CertificateFiles& files) {
  KeyPair pair;
  MILLRACE_ASSIGN_OR_RETURN(pair.certificate, read_file("certificate", files.certificate));
  MILLRACE_ASSIGN_OR_RETURN(pair.key, read_file("private key", files.key));
  MILLRACE_ASSIGN_OR_RETURN(const Certificate certificate,
                            first_of_all("certificate", files.certificate, pair.certificate));
  MILLRACE_ASSIGN_OR_RETURN(const Key key, key_of(files.key, pair.key));
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return unusable(
        "private key", files.key,
        fmt::format("it does not belong to the first certificate of {}", files.certificate));
  }
  pair.not_after = end_of(*certificate);
  return pair;
}

absl::StatusOr<std::string> read_authorities(const std::string& path) {
  const std::string what = "file of certificate authorities";
  MILLRACE_ASSIGN_OR_RETURN(std::string text, read_file(what, path));
  MILLRACE_RETURN_IF_ERROR(first_of_all(what, path, text).status());
  return text;
}

}  // namespace millrace::tls
