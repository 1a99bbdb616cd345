// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/certificate_name.h"

#include <memory>

#include <openssl/bn.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "lib/error/error.h"
#include "lib/tls/pem.h"

namespace millrace::tls {
namespace {

std::string text_of(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

void free_text(char* text) {
  OPENSSL_free(text);
}

std::string text_of(const ASN1_INTEGER* number) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> value(ASN1_INTEGER_to_BN(number, nullptr),
                                                          BN_free);
  if (value == nullptr) return {};
  const std::unique_ptr<char, decltype(&free_text)> digits(BN_bn2dec(value.get()), free_text);
  return digits == nullptr ? std::string() : std::string(digits.get());
}

}  // namespace

CertificateName name_of(const X509& certificate) {
  return {text_of(X509_get_issuer_name(&certificate)),
          text_of(X509_get0_serialNumber(&certificate))};
}

std::optional<CertificateName> peer_certificate_name(const SSL& connection) {
  const X509* const certificate = SSL_get0_peer_certificate(&connection);
  // Without a certificate the result is X509_V_OK.
  if (certificate == nullptr || SSL_get_verify_result(&connection) != X509_V_OK) {
    return std::nullopt;
  }
  return name_of(*certificate);
}

absl::StatusOr<CertificateName> read_certificate_name(const std::string& path) {
  MILLRACE_ASSIGN_OR_RETURN(const Certificate certificate, read_certificate(path));
  return name_of(*certificate);
}

}  // namespace millrace::tls
