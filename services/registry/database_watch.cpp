// SPDX-License-Identifier: Apache-2.0
#include "registry/database_watch.h"

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "registry/database.h"

namespace millrace::registry {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{1000};

}  // namespace

DatabaseWatch::DatabaseWatch(postgres::Pool& pool, process::Platform& platform,
                             std::function<void()> on_round)
    : pool_(pool),
      platform_(platform),
      on_round_(std::move(on_round)),
      thread_([this](std::stop_token stop) { run(stop); }) {}

absl::Status DatabaseWatch::look() {
  MILLRACE_ASSIGN_OR_RETURN(auto connection, pool_.acquire(kConnectionWait));
  return connection->execute("SELECT 1").status();
}

void DatabaseWatch::run(std::stop_token stop) {
  bool there = true;
  do {
    const absl::Status status = look();
    // A full pool is a busy registry, not an absent database.
    const bool now_there = status.ok() || absl::IsResourceExhausted(status);
    platform_.readiness.set("postgres", now_there,
                            now_there ? "connected" : error::message(status));
    if (there && !now_there) {
      platform_.log.warning("lost PostgreSQL", {{"cause", error::message(status)}});
    } else if (!there && now_there) {
      platform_.log.info("PostgreSQL is back");
    }
    there = now_there;
    on_round_();
  } while (concurrency::sleep_for(stop, kBetweenLooks));
}

}  // namespace millrace::registry
