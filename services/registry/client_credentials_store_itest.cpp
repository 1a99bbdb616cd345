// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "registry/registry_fixture.h"

namespace millrace::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ClientCredentialsStoreItest : public RegistryItest {
 protected:
  static identity::v1::ClientCertificate certificate(const std::string& number) {
    identity::v1::ClientCertificate certificate;
    certificate.set_issuer("CN=Plant CA,O=Example");
    certificate.set_serial_number(number);
    return certificate;
  }
  std::int64_t make_user(const std::string& name) {
    const auto made = store_.create(name, password_);
    EXPECT_TRUE(made.ok()) << made.status();
    return made->credentials_id();
  }
  std::vector<std::int64_t> listed(const ClientCredentialsFilter& filter,
                                   const Page& page = {"", 100}) {
    const auto all = store_.list(filter, page);
    EXPECT_TRUE(all.ok()) << all.status();
    std::vector<std::int64_t> ids;
    for (const auto& credentials : *all) ids.push_back(credentials.credentials_id());
    return ids;
  }
  std::int64_t usable() {
    return sql("SELECT usable_credentials FROM registry.client_authentication").int8(0, 0);
  }

  const StoredPassword password_ = store_password("digest");
  ClientCredentialsStore store_{pool_};
};

TEST_F(ClientCredentialsStoreItest, AreListedInOrderAndFound) {
  const std::int64_t pump = make_user("Pump-7");
  const auto made = store_.create(certificate("4711"));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->certificate().serial_number(), "4711");
  EXPECT_EQ(made->state(), v1::TOKEN_STATE_INACTIVE);
  const std::int64_t valve = make_user("valve_1");

  EXPECT_THAT(listed({}), ElementsAre(pump, made->credentials_id(), valve));
  EXPECT_THAT(listed({}, {std::to_string(pump), 1}), ElementsAre(made->credentials_id()));
  EXPECT_THAT(listed({.search = "pUMP"}), ElementsAre(pump));
  EXPECT_THAT(listed({.search = "plant ca"}), ElementsAre(made->credentials_id()));
  EXPECT_THAT(listed({.search = "471"}), ElementsAre(made->credentials_id()));
  EXPECT_THAT(listed({.search = "_"}), ElementsAre(valve)) << "no pattern";
  ASSERT_TRUE(store_.set_state(pump, v1::TOKEN_STATE_SUSPENDED).ok());
  EXPECT_THAT(listed({.state = v1::TOKEN_STATE_SUSPENDED}), ElementsAre(pump));
  EXPECT_EQ(store_.list({}, {"no id", 10}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ClientCredentialsStoreItest, TheSameCanBeMadeAgainOnlyWhenRevoked) {
  const std::int64_t pump = make_user("pump");
  const auto again = store_.create("pump", password_);
  EXPECT_EQ(again.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("user name \"pump\""));
  EXPECT_EQ(usable(), 1) << "what was not made is not counted";
  ASSERT_TRUE(store_.set_state(pump, v1::TOKEN_STATE_SUSPENDED).ok());
  EXPECT_FALSE(store_.create("pump", password_).ok());
  ASSERT_TRUE(store_.set_state(pump, v1::TOKEN_STATE_REVOKED).ok());
  EXPECT_EQ(usable(), 0);
  EXPECT_TRUE(store_.create("pump", password_).ok());

  ASSERT_TRUE(store_.create(certificate("1")).ok());
  EXPECT_EQ(store_.create(certificate("1")).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(store_.create(certificate("2")).ok());
  EXPECT_EQ(usable(), 3);
}

TEST_F(ClientCredentialsStoreItest, RevokedIsForEver) {
  const std::int64_t pump = make_user("pump");
  EXPECT_TRUE(store_.set_state(pump, v1::TOKEN_STATE_REVOKED).ok());
  EXPECT_TRUE(store_.set_state(pump, v1::TOKEN_STATE_REVOKED).ok()) << "a call may be repeated";
  EXPECT_EQ(usable(), 0) << "and counts once";
  const auto back = store_.set_state(pump, v1::TOKEN_STATE_ACTIVE);
  EXPECT_EQ(back.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(back.status().message()), HasSubstr("they are revoked"));
  EXPECT_EQ(store_.set_state(4711, v1::TOKEN_STATE_ACTIVE).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ClientCredentialsStoreItest, ThereIsAnEndToThem) {
  sql("UPDATE registry.client_authentication SET usable_credentials = 199999");
  make_user("the last");
  const auto more = store_.create("one more", password_);
  EXPECT_EQ(more.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(more.status().message()), HasSubstr("200000 are not revoked"));
  EXPECT_EQ(usable(), 200'000);
}

TEST_F(ClientCredentialsStoreItest, OfReplicasOneSeesTheFirstUse) {
  const std::int64_t pump = make_user("pump");
  std::atomic<int> first = 0;
  {
    std::vector<std::jthread> replicas;
    for (int i = 0; i < 4; ++i) {
      replicas.emplace_back([&] {
        const auto marked = store_.mark_used(pump);
        first += marked.ok() && *marked ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(first, 1);
}

TEST_F(ClientCredentialsStoreItest, RevocationsAtOnceHaveRevisionsOfTheirOwn) {
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(make_user("user " + std::to_string(i)));
  {
    std::vector<std::jthread> people;
    for (const std::int64_t id : ids) {
      people.emplace_back(
          [&, id] { EXPECT_TRUE(store_.set_state(id, v1::TOKEN_STATE_SUSPENDED).ok()); });
    }
  }
  EXPECT_EQ(sql("SELECT count(DISTINCT revision) FROM registry.client_credentials").int8(0, 0), 8);
  EXPECT_EQ(sql("SELECT max(c.revision) - max(a.revision) FROM registry.client_credentials c, "
                "registry.client_authentication a")
                .int8(0, 0),
            0);
}

TEST_F(ClientCredentialsStoreItest, NoPasswordIsStored) {
  const std::string secret = "never stored";
  ASSERT_TRUE(store_.create("pump", store_password(secret)).ok());
  const auto row = sql("SELECT c::text FROM registry.client_credentials c");
  EXPECT_EQ(std::string(row.text(0, 0)).find(secret), std::string::npos);
  EXPECT_THAT(listed({.search = secret}), IsEmpty());
}

}  // namespace
}  // namespace millrace::registry
