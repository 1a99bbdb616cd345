// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/url.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(DatabaseUrl, IsWhatLibpqReads) {
  for (const char* url : {
           "postgresql://epts@127.0.0.1:5432/millrace",
           "postgres://epts:100%25sure@h/db",
           "postgresql://epts:a%40b%2Fc@h/db",
           "postgresql://epts:a:b?c@h/db",
           "postgresql://epts@/millrace?host=%2Frun%2Fa&port=5432",
           "postgresql://epts@/millrace?host=@abstract",
           "postgresql://a:5432,b:5433/db?target_session_attrs=read-write",
           "postgresql://[::1]:5432/db",
           "postgresql:///db",
           "host=h user=epts password='a b@/%'",
       }) {
    EXPECT_TRUE(check_url(url).ok()) << url;
  }
}

TEST(DatabaseUrl, ThatIsReadOtherwiseThanMeantIsRefusedWithoutQuotingIt) {
  for (const char* url : {
           "postgresql://epts:100%hunter2@h/db",   // no percent-encoding
           "postgresql://epts:100@hunter2@h/db",   // host "hunter2@h"
           "postgresql://epts:hunter2/x@h/db",     // port "hunter2"
           "postgresql://epts:10/hunter2@h/db",    // database "hunter2@h/db"
           "postgresql://epts:10/x?hunter2@h/db",  // parameter "hunter2@h/db"
           "postgresql://epts:hunter2",            // port again
           "postgresql://epts:x@h/db?hunter2=1",   // no such parameter
           "host=h user=epts password=a hunter2",  // a blank that is not quoted
           "http://epts:hunter2@h/db",
           "hunter2",
       }) {
    const absl::Status status = check_url(url);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(error::message(status), HasSubstr("percent-encode"));
    EXPECT_THAT(error::message(status), Not(HasSubstr("hunter2"))) << url;
  }
}

}  // namespace
}  // namespace millrace::postgres
