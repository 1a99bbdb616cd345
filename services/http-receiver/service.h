// SPDX-License-Identifier: Apache-2.0
//
// The composition root of the receiver.
#pragma once

#include <memory>
#include <optional>

#include "http-receiver/refusal_counts.h"
#include "http-receiver/routes.h"
#include "http-receiver/settings.h"
#include "http-receiver/upload_handler.h"
#include "lib/http/server.h"
#include "lib/intake/intake.h"
#include "lib/process/run.h"
#include "lib/tls/server_certificate.h"

namespace millrace::http_receiver {

class HttpReceiver final : public process::Service {
 public:
  HttpReceiver(const Settings& settings, process::Platform& platform);
  ~HttpReceiver() override;

  absl::Status start(std::stop_token stop) override;
  // Reads the certificate again.
  void reload() override;
  void stop(std::chrono::milliseconds deadline) override;

 private:
  absl::Status listen();

  const Settings settings_;
  process::Platform& platform_;
  const RefusalCounts refusals_;
  std::shared_ptr<tls::ServerCertificate> certificate_;  // nullptr: no HTTPS
  std::unique_ptr<intake::Intake> intake_;
  std::optional<UploadHandler> uploads_;
  std::optional<Routes> routes_;
  std::unique_ptr<http::Server> server_;  // last: its threads call the others
};

}  // namespace millrace::http_receiver
