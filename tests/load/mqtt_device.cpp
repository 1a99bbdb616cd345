// SPDX-License-Identifier: Apache-2.0
#include "load/mqtt_device.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

namespace millrace::load {
namespace {

// QoS 0: so many groups make a window, so that one is read while the next is on its way.
constexpr int kGroupsInWindow = 4;
constexpr std::uint8_t kFirstRefusal = 0x80;
constexpr std::uint16_t kAlias = 1;

}  // namespace

MqttDevice::MqttDevice(MqttFleet& fleet, int number)
    : LoadDevice(fleet.run, fleet.io, fleet.tls),
      fleet_(fleet),
      options_(fleet.options),
      number_(number) {}

void MqttDevice::opened() {
  out_ = connect_packet(options_.version, fmt::format("load-{}-{}", ::getpid(), number_), 0);
  write_waiting();
}

void MqttDevice::begin_session(const Connack& connack) {
  const bool alias = options_.topic_alias && connack.topic_alias_maximum >= kAlias;
  const std::string& topic =
      options_.topics[static_cast<std::size_t>(number_) % options_.topics.size()];
  PublishTemplate::Options shape{.version = options_.version, .qos = options_.qos};
  first_publish_.reset();
  if (alias) {
    shape.topic_alias = kAlias;
    first_publish_.emplace(topic, options_.payload, shape);
    shape.alias_known = true;
  }
  publish_.emplace(topic, options_.payload, shape);
  const auto window =
      static_cast<std::uint16_t>(std::min<int>(options_.window, connack.receive_maximum));
  in_flight_.assign(options_.qos > 0 ? window : 0U, {});
  free_ids_.clear();
  for (std::uint16_t id = window; id > 0; --id) free_ids_.push_back(id);
  connected_ = true;
}

std::size_t MqttDevice::unanswered() const {
  return options_.qos > 0 ? in_flight_.size() - free_ids_.size() : unconfirmed_.size();
}

bool MqttDevice::has_room() const {
  return options_.qos > 0 ? !free_ids_.empty()
                          : unconfirmed_.size() < static_cast<std::size_t>(options_.window);
}

bool MqttDevice::append_next(Instant now) {
  if (!has_room()) return false;
  const std::optional<Instant> start = fleet_.run.next_start(number_, scheduled_, now);
  if (!start) return false;
  ++scheduled_;
  const Upload upload{*start, ++fleet_.last_number};
  std::uint16_t packet_id = 0;
  if (options_.qos == 0) {
    unconfirmed_.push_back(upload);
  } else {
    packet_id = free_ids_.back();
    free_ids_.pop_back();
    in_flight_[packet_id - 1U] = upload;
  }
  const bool first = first_publish_.has_value();
  (first ? first_publish_ : publish_)->append_to(out_, packet_id, upload.number);
  if (first) first_publish_.reset();
  return true;
}

std::size_t MqttDevice::append_group(Instant now) {
  const int most =
      options_.qos == 0 ? std::max(options_.window / kGroupsInWindow, 1) : options_.window;
  std::size_t count = 0;
  while (count < static_cast<std::size_t>(most) && append_next(now)) ++count;
  if (options_.qos == 0 && count > 0) {
    out_ += kPingreq;
    groups_.push_back(count);
  }
  return count;
}

void MqttDevice::send(Instant now) {
  if (!connected_) return;
  while (append_group(now) > 0) {
  }
  write_waiting();
}

void MqttDevice::write_waiting() {
  if (writing() || broken() || out_.empty()) return;
  writing_bytes_.swap(out_);
  out_.clear();
  write(writing_bytes_);
}

void MqttDevice::written() {
  write_waiting();
}

void MqttDevice::received() {
  std::string_view rest = in_;
  const Instant now = std::chrono::steady_clock::now();
  ServerPacket packet;
  Take taken = Take::kPacket;
  while ((taken = take_packet(rest, packet)) == Take::kPacket) {
    handle(packet, now);
    if (broken()) return;
  }
  if (taken == Take::kMalformed) return fleet_.run.fail("the server sent a malformed length");
  in_.erase(0, in_.size() - rest.size());
  send(now);
}

void MqttDevice::handle(const ServerPacket& packet, Instant now) {
  switch (packet.type()) {
    case kConnack:
      return handle_connack(packet);
    case kPuback:
    case kPubrec:
    case kPubcomp:
      return handle_acknowledgement(packet, now);
    case kPingresp:
      return handle_pingresp(now);
    case kPublish:
      return handle_publish(packet);
    case kPubrel: {  // of a response at QoS 2
      const std::optional<Acknowledgement> release = parse_acknowledgement(packet.body);
      if (release) append_acknowledgement(out_, kPubcomp, release->packet_id);
      return;
    }
    case kDisconnect:
      return lose(
          fmt::format("the server disconnects with reason {:#04x}",
                      packet.body.empty() ? 0 : static_cast<unsigned char>(packet.body[0])));
    default:
      return fleet_.run.fail(fmt::format("unexpected packet type {}", packet.type()));
  }
}

void MqttDevice::handle_connack(const ServerPacket& packet) {
  const std::optional<Connack> connack = parse_connack(options_.version, packet.body);
  if (!connack) return fleet_.run.fail("the server's CONNACK cannot be read");
  if (connack->reason != 0) {
    return lose(fmt::format("the server refuses the connection with {:#04x}", connack->reason));
  }
  if (connack->maximum_qos < options_.qos) {
    return fleet_.run.fail(fmt::format("the server takes QoS {} at most", connack->maximum_qos));
  }
  begin_session(*connack);
}

void MqttDevice::handle_acknowledgement(const ServerPacket& packet, Instant now) {
  const std::optional<Acknowledgement> acknowledgement = parse_acknowledgement(packet.body);
  if (!acknowledgement || acknowledgement->packet_id == 0 ||
      acknowledgement->packet_id > in_flight_.size()) {
    return fleet_.run.fail(fmt::format("packet type {} acknowledges nothing", packet.type()));
  }
  const auto [packet_id, reason] = *acknowledgement;
  const bool refused = reason >= kFirstRefusal;
  // A PUBREC that refuses ends the exchange [MQTT-4.3.3-4].
  if (packet.type() == kPubrec && !refused) {
    return append_acknowledgement(out_, kPubrel, packet_id);
  }
  answered(in_flight_[packet_id - 1U], reason, now);
  free_ids_.push_back(packet_id);
}

void MqttDevice::handle_pingresp(Instant now) {
  if (groups_.empty()) return fleet_.run.fail("a PINGRESP without a PINGREQ");
  for (std::size_t count = groups_.front(); count > 0; --count) {
    answered(unconfirmed_.front(), 0, now);
    unconfirmed_.pop_front();
  }
  groups_.pop_front();
}

// Nothing but a response comes as PUBLISH; of uploads without a request id only refusals have one.
void MqttDevice::handle_publish(const ServerPacket& packet) {
  // With MQTT 5 the acknowledgement says it, too.
  if (options_.version == MqttVersion::k311 || options_.qos == 0) fleet_.run.refuse();
  if (!options_.tolerate_refusals) {
    return fleet_.run.fail(fmt::format("an upload is refused: {}", packet.body.substr(0, 300)));
  }
  if (packet.qos() == 0) return;
  const std::optional<std::uint16_t> packet_id = packet_id_of_publish(packet.body);
  if (packet_id) {
    append_acknowledgement(out_, packet.qos() == 1 ? kPuback : kPubrec, *packet_id);
  }
}

void MqttDevice::answered(const Upload& upload, std::uint8_t reason, Instant now) {
  fleet_.run.complete(upload.start, now);
  if (reason < kFirstRefusal) {
    if (fleet_.acknowledged != nullptr) *fleet_.acknowledged << upload.number << '\n';
    return;
  }
  fleet_.run.refuse();
  if (!options_.tolerate_refusals) {
    fleet_.run.fail(fmt::format("an upload is refused with reason {:#04x}", reason));
  }
}

void MqttDevice::forget() {
  in_flight_.clear();
  free_ids_.clear();
  unconfirmed_.clear();
  groups_.clear();
  out_.clear();
}

}  // namespace millrace::load
