// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/name_list_reader.h"
#include "lib/time_series/reader_fixture.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;

class NameList : public ReaderTest {
 protected:
  void SetUp() override {
    ReaderTest::SetUp();
    static bool made = false;  // names are unique in the database
    if (made) return;
    made = true;
    make_application("names-a");
    make_endpoint("Station-2");
    make_endpoint("station-1");
    make_endpoint("pump");
    make_application("names-b");
    make_endpoint("station-1-b");
    make_endpoint("pump-b");
  }

  std::vector<std::string> applications(const NameQuery& query) {
    const auto names = list_application_names(*connection_, query);
    EXPECT_TRUE(names.ok()) << names.status();
    return *names;
  }
  std::vector<std::string> endpoints(const NameQuery& query) {
    const auto names = list_endpoint_ids(*connection_, query);
    EXPECT_TRUE(names.ok()) << names.status();
    return *names;
  }
};

TEST_F(NameList, ApplicationsAreThoseNamedOrAll) {
  EXPECT_THAT(applications({}), IsSupersetOf({"names-a", "names-b"}));
  EXPECT_THAT(applications({{"names-b", "nobody"}, "", 10}), ElementsAre("names-b"));
  EXPECT_THAT(applications({{}, "NAMES-", 10}), ElementsAre("names-a", "names-b"));
  EXPECT_THAT(applications({{}, "names-", 1}), ElementsAre("names-a"));
}

TEST_F(NameList, EndpointsAreOfTheseApplicationsAlone) {
  EXPECT_THAT(endpoints({{"names-b"}, "", 10}), ElementsAre("pump-b", "station-1-b"));
  EXPECT_THAT(endpoints({{"names-a"}, "STATION", 10}).size(), 2);
  EXPECT_THAT(endpoints({{"names-a", "names-b"}, "pump", 10}), ElementsAre("pump", "pump-b"));
  EXPECT_THAT(endpoints({{"nobody"}, "", 10}), IsEmpty());
}

TEST_F(NameList, TheLimitCutsBehindTheFirstNames) {
  EXPECT_THAT(endpoints({{"names-a", "names-b"}, "pump", 1}), ElementsAre("pump"));
  EXPECT_THAT(endpoints({{"names-b"}, "", 1}), ElementsAre("pump-b"));
}

// No character of the filter means more than itself.
TEST_F(NameList, AFilterIsNoPattern) {
  EXPECT_THAT(endpoints({{"names-a"}, "%", 10}), IsEmpty());
  EXPECT_THAT(endpoints({{"names-a"}, "st_tion", 10}), IsEmpty());
}

}  // namespace
}  // namespace millrace::time_series
