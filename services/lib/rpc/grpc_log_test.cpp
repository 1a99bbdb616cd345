// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/grpc_log.h"

#include <vector>

#include <gmock/gmock.h>
#include <grpc/support/log.h>

namespace millrace::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GrpcLogTest : public ::testing::Test {
 protected:
  std::vector<std::string> lines_;
  time::ManualClock clock_;
  log::Logger log_{"test", log::Level::kDebug, clock_,
                   [this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(GrpcLogTest, ErrorsOfTheLibraryBecomeOurLines) {
  const GrpcLog grpc_log(log_);
  gpr_log(GPR_ERROR, "something %s", "broke");
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("\"error\":\"something broke\"")));
}

TEST_F(GrpcLogTest, EverythingElseOfItIsDropped) {
  const GrpcLog grpc_log(log_);
  gpr_log(GPR_INFO, "chatter");
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(GrpcLogTest, NothingIsWrittenToALogThatIsGone) {
  { const GrpcLog grpc_log(log_); }
  gpr_log(GPR_ERROR, "too late");
  EXPECT_THAT(lines_, IsEmpty());
}

}  // namespace
}  // namespace millrace::rpc
