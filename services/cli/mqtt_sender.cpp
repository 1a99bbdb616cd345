// SPDX-License-Identifier: Apache-2.0
#include "cli/mqtt_sender.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <mosquitto.h>

#include "cli/wrong_usage.h"
#include "lib/config/value_text.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

constexpr int kKeepAliveSeconds = 30;
constexpr int kLoopMs = 100;
constexpr char kRequestId[] = "1";

// The library's own state, for as long as anything of it is used.
struct Library {
  Library() { mosquitto_lib_init(); }
  ~Library() { mosquitto_lib_cleanup(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

// One upload on one connection. All callbacks run inside mosquitto_loop(), in this thread.
class Exchange {
 public:
  Exchange(const SessionOptions& options, const Upload& upload, const time::Clock& clock);

  absl::StatusOr<Answer> run();

 private:
  absl::Status connect();
  absl::Status publish();
  // A refusal needs no PUBACK any more.
  bool is_answered() const {
    return answer_.has_value() && (acknowledged_ || answer_->status_code != 200);
  }
  absl::Status failed(const std::string& cause) const;

  static void on_connect(mosquitto*, void* self, int code);
  static void on_publish(mosquitto*, void* self, int message_id);
  static void on_message(mosquitto*, void* self, const mosquitto_message* message);

  const SessionOptions& options_;
  const Upload& upload_;
  const time::Clock& clock_;
  const std::string topic_;
  Library library_;
  std::unique_ptr<mosquitto, decltype(&mosquitto_destroy)> client_;
  std::optional<int> connected_;  // the server's return code
  bool published_ = false;
  bool acknowledged_ = false;
  std::optional<Answer> answer_;
};

Exchange::Exchange(const SessionOptions& options, const Upload& upload, const time::Clock& clock)
    : options_(options),
      upload_(upload),
      clock_(clock),
      topic_(fmt::format("kp1/{}/dcx/{}/json/{}", upload.app_version, upload.token, kRequestId)),
      // Without a client id of ours: one that came twice, as process ids do in containers, would
      // close the connection of the other sender.
      client_(mosquitto_new(/*id=*/nullptr, /*clean_session=*/true, this), &mosquitto_destroy) {
  if (client_ == nullptr) return;
  mosquitto_connect_callback_set(client_.get(), on_connect);
  mosquitto_publish_callback_set(client_.get(), on_publish);
  mosquitto_message_callback_set(client_.get(), on_message);
}

void Exchange::on_connect(mosquitto*, void* self, int code) {
  static_cast<Exchange*>(self)->connected_ = code;
}

void Exchange::on_publish(mosquitto*, void* self, int) {
  static_cast<Exchange*>(self)->acknowledged_ = true;
}

void Exchange::on_message(mosquitto*, void* self, const mosquitto_message* message) {
  auto& exchange = *static_cast<Exchange*>(self);
  const std::string topic = message->topic;
  const std::string body(static_cast<const char*>(message->payload),
                         static_cast<std::size_t>(message->payloadlen));
  if (topic == exchange.topic_ + "/status") exchange.answer_ = Answer{"mqtt", 200, "OK"};
  if (topic == exchange.topic_ + "/error") {
    exchange.answer_ = Answer{"mqtt", status_code_of(body), reason_of(body)};
  }
}

absl::Status Exchange::failed(const std::string& cause) const {
  return absl::UnavailableError(
      fmt::format("cannot send to {} over MQTT: {}; is the mqtt-receiver running there? "
                  "--mqtt-address or MILLRACE_MQTT_ADDRESS says where it is, --timeout how long to "
                  "wait",
                  options_.mqtt_address, cause));
}

absl::Status Exchange::connect() {
  if (client_ == nullptr) return absl::ResourceExhaustedError("cannot make an MQTT client");
  const auto address = config::parse_listen(options_.mqtt_address);
  // Port 0 is an address to listen on, none to connect to.
  if (!address.ok() || address->port == 0) {
    return wrong_usage(fmt::format("--mqtt-address: '{}' must be host:port, like localhost:1883",
                                   options_.mqtt_address));
  }
  const int code = mosquitto_connect_async(client_.get(), address->host.c_str(), address->port,
                                           kKeepAliveSeconds);
  if (code == MOSQ_ERR_SUCCESS) return absl::OkStatus();
  return failed(code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code));
}

absl::Status Exchange::publish() {
  published_ = true;
  const int code = mosquitto_publish(client_.get(), nullptr, topic_.c_str(),
                                     static_cast<int>(upload_.document.size()),
                                     upload_.document.data(), /*qos=*/1, /*retain=*/false);
  if (code == MOSQ_ERR_SUCCESS) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot publish to {}: {}; check --app-version and --token", topic_,
                  mosquitto_strerror(code)));
}

absl::StatusOr<Answer> Exchange::run() {
  MILLRACE_RETURN_IF_ERROR(connect());
  const time::Instant deadline = clock_.instant() + options_.timeout;
  while (!is_answered()) {
    if (clock_.instant() > deadline) {
      return failed(fmt::format("no answer within {} ms{}", options_.timeout.count(),
                                published_ ? " of the upload: it may or may not be stored" : ""));
    }
    const int code = mosquitto_loop(client_.get(), kLoopMs, /*max_packets=*/1);
    if (connected_ && *connected_ != 0) return failed(mosquitto_connack_string(*connected_));
    if (code != MOSQ_ERR_SUCCESS && !is_answered()) {
      return failed(code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code));
    }
    if (connected_ && !published_) MILLRACE_RETURN_IF_ERROR(publish());
  }
  mosquitto_disconnect(client_.get());
  return *answer_;
}

}  // namespace

absl::StatusOr<Answer> send_over_mqtt(const SessionOptions& options, const Upload& upload,
                                      const time::Clock& clock) {
  return Exchange(options, upload, clock).run();
}

}  // namespace millrace::cli
