// SPDX-License-Identifier: Apache-2.0
//
// For tests: certificates made on the spot, and files for them.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "lib/tls/certificate_files.h"

namespace millrace::tls {

struct MadePair {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

inline std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

inline void add_names(X509* certificate) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
}

// Takes `key`. Signed by itself, for localhost and 127.0.0.1, from an hour ago on.
inline MadePair pair_of(EVP_PKEY* key, const std::string& common_name, long seconds_left) {
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), seconds_left);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate, name);
  add_names(certificate);
  EXPECT_NE(X509_sign(certificate, key, EVP_sha256()), 0);
  BIO* certificate_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, certificate);
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {text_of(certificate_text), text_of(key_text)};
}

inline MadePair made_pair(const std::string& common_name = "localhost", long seconds_left = 3600) {
  return pair_of(EVP_EC_gen("P-256"), common_name, seconds_left);
}

// Shorter than OpenSSL takes in a server.
inline MadePair made_weak_pair() {
  return pair_of(EVP_RSA_gen(1024), "localhost", 3600);
}

inline std::string with_pass_phrase(const std::string& key) {
  BIO* plain = BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
  EVP_PKEY* read = PEM_read_bio_PrivateKey(plain, nullptr, nullptr, nullptr);
  BIO_free(plain);
  BIO* locked = BIO_new(BIO_s_mem());
  const unsigned char phrase[] = "phrase";
  PEM_write_bio_PrivateKey(locked, read, EVP_aes_256_cbc(), phrase, 6, nullptr, nullptr);
  EVP_PKEY_free(read);
  return text_of(locked);
}

// Two files in a folder that goes with the object.
class PairFiles {
 public:
  PairFiles() {
    std::string path = (std::filesystem::temp_directory_path() / "millrace-tls-XXXXXX").string();
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
    files_ = {folder_ / "certificate.pem", folder_ / "key.pem"};
  }
  explicit PairFiles(const MadePair& pair) : PairFiles() { write(pair); }
  ~PairFiles() { std::filesystem::remove_all(folder_); }
  PairFiles(const PairFiles&) = delete;
  PairFiles& operator=(const PairFiles&) = delete;

  void write(const MadePair& pair) const {
    write_certificate(pair.certificate);
    write_key(pair.key);
  }
  void write_certificate(const std::string& text) const { put(files_.certificate, text); }
  void write_key(const std::string& text) const { put(files_.key, text); }
  const CertificateFiles& files() const { return files_; }

 private:
  static void put(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }

  std::filesystem::path folder_;
  CertificateFiles files_;
};

}  // namespace millrace::tls
