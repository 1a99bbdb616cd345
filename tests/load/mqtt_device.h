// SPDX-License-Identifier: Apache-2.0
//
// One MQTT client that uploads at QoS 0, 1 or 2, with a window of uploads that are not answered
// yet. Answered is: QoS 1 the PUBACK, QoS 2 the PUBCOMP. QoS 0 has no answer: a PINGREQ follows
// each group of uploads, and its PINGRESP says that the server has read them. For one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <optional>
#include <string>
#include <utility>  // Boost 1.74's Asio uses std::exchange without including it
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "load/load_device.h"
#include "load/load_run.h"
#include "load/mqtt_bytes.h"

namespace millrace::load {

struct MqttOptions {
  MqttVersion version = MqttVersion::k311;
  int qos = 1;
  int window = 20;  // at most; MQTT 5: the server's Receive Maximum bounds it, too
  bool topic_alias = false;
  bool tolerate_refusals = false;
  std::vector<std::string> topics;  // devices take them in turn
  Payload payload;
};

// What all devices of a run share.
struct MqttFleet {
  const MqttOptions& options;
  LoadRun& run;
  boost::asio::io_context& io;
  boost::asio::ssl::context* tls = nullptr;  // null: plain TCP
  std::int64_t last_number = 0;              // of Payload::number_at: each upload has its own
  std::ofstream* acknowledged = nullptr;     // if given: the number of each upload answered, a line
};

class MqttDevice final : public LoadDevice {
 public:
  MqttDevice(MqttFleet& fleet, int number);

  void send(Instant now) override;
  std::size_t unanswered() const override;

 private:
  struct Upload {
    Instant start;
    std::int64_t number = 0;
  };

  void opened() override;
  void received() override;
  void written() override;
  void forget() override;

  void begin_session(const Connack& connack);
  bool has_room() const;
  bool append_next(Instant now);
  // Returns how many uploads were appended.
  std::size_t append_group(Instant now);
  void write_waiting();
  void handle(const ServerPacket& packet, Instant now);
  void handle_connack(const ServerPacket& packet);
  void handle_acknowledgement(const ServerPacket& packet, Instant now);
  void handle_pingresp(Instant now);
  void handle_publish(const ServerPacket& packet);
  void answered(const Upload& upload, std::uint8_t reason, Instant now);

  MqttFleet& fleet_;
  const MqttOptions& options_;
  const int number_;

  std::string out_;
  std::string writing_bytes_;

  std::optional<PublishTemplate> first_publish_;  // only when an alias makes it another
  std::optional<PublishTemplate> publish_;
  std::int64_t scheduled_ = 0;  // uploads taken from LoadRun::next_start()
  // QoS 1 and 2: by packet id - 1.
  std::vector<Upload> in_flight_;
  std::vector<std::uint16_t> free_ids_;
  // QoS 0: in order of sending, and how many of them each PINGREQ that is out confirms.
  std::deque<Upload> unconfirmed_;
  std::deque<std::size_t> groups_;
};

}  // namespace millrace::load
