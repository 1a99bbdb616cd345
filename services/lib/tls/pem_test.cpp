// SPDX-License-Identifier: Apache-2.0
#include "lib/tls/pem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"
#include "lib/tls/certificate_fixture.h"

namespace millrace::tls {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string fault_of(const PairFiles& pair) {
  return error::message(read_key_pair(pair.files()).status());
}

TEST(Pem, AKeyPairIsReadWithItsChain) {
  const MadePair made = made_pair();
  const PairFiles pair(made);
  pair.write_certificate("subject=a comment\n" + made.certificate +
                         made_pair("authority").certificate + "\n");
  const auto read = read_key_pair(pair.files());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->key, made.key);
  const auto left = read->not_after - time::SystemClock().now();
  EXPECT_GT(left, std::chrono::minutes{50});
  EXPECT_LE(left, std::chrono::minutes{61});
}

TEST(Pem, AFaultNamesTheFileAndWhatIsWrong) {
  const MadePair made = made_pair();
  const PairFiles pair;
  EXPECT_THAT(fault_of(pair),
              AllOf(HasSubstr("cannot read the certificate"), HasSubstr(pair.files().certificate),
                    HasSubstr("No such file")));
  pair.write_certificate(made.certificate);
  EXPECT_THAT(fault_of(pair),
              AllOf(HasSubstr("cannot read the private key"), HasSubstr(pair.files().key)));
  pair.write_key(made_pair().key);
  EXPECT_THAT(fault_of(pair), AllOf(HasSubstr(pair.files().key),
                                    HasSubstr("it does not belong to the first certificate of"),
                                    HasSubstr(pair.files().certificate)));
  pair.write_key(with_pass_phrase(made.key));
  EXPECT_THAT(fault_of(pair), HasSubstr("it has a pass phrase"));
  pair.write_key("no key");
  EXPECT_THAT(fault_of(pair), HasSubstr("it has no PEM private key"));
  pair.write({"no certificate", made.key});
  EXPECT_THAT(fault_of(pair), HasSubstr("it has no PEM certificate"));
  pair.write({made.key, made.key});
  EXPECT_THAT(fault_of(pair), HasSubstr("it has no PEM certificate"));
  std::string damaged = made.certificate;
  damaged.replace(60, 8, "????????");
  pair.write_certificate(made.certificate + damaged);
  EXPECT_THAT(fault_of(pair), HasSubstr("damaged"));
  pair.write_certificate(std::string((4 << 20) + 1, '\n'));
  EXPECT_THAT(fault_of(pair), HasSubstr("it has more than 4194304 bytes"));
}

TEST(Pem, AFolderIsNoFile) {
  const auto read = read_authorities("/");
  EXPECT_THAT(error::message(read.status()),
              HasSubstr("cannot read the file of certificate authorities /"));
}

TEST(Pem, AuthoritiesAreOneCertificateOrMore) {
  const std::string one = made_pair("one").certificate;
  const std::string two = made_pair("two").certificate;
  const PairFiles pair({one + two, "key"});
  EXPECT_EQ(*read_authorities(pair.files().certificate), one + two);
  EXPECT_THAT(error::message(read_authorities(pair.files().key).status()),
              HasSubstr("it has no PEM certificate"));
}

}  // namespace
}  // namespace millrace::tls
