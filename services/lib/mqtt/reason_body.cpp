// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/reason_body.h"

#include "lib/mqtt/property.h"

namespace millrace::mqtt {

namespace {

constexpr PropertySet kAcknowledgementProperties{PropertyId::kReasonString,
                                                 PropertyId::kUserProperty};
// The server reference is one that only servers send.
constexpr PropertySet kDisconnectProperties{PropertyId::kSessionExpiryInterval,
                                            PropertyId::kReasonString, PropertyId::kUserProperty,
                                            PropertyId::kServerReference};
constexpr PropertySet kAuthProperties{PropertyId::kAuthenticationMethod,
                                      PropertyId::kAuthenticationData, PropertyId::kReasonString,
                                      PropertyId::kUserProperty};

// Sections 3.4.2.1 and 3.5.2.1, which are the same: [MQTT-3.4.2-1], [MQTT-3.5.2-1].
bool is_code_of_receipt(ReasonCode code) {
  switch (code) {
    case ReasonCode::kSuccess:
    case ReasonCode::kNoMatchingSubscribers:
    case ReasonCode::kUnspecifiedError:
    case ReasonCode::kImplementationSpecificError:
    case ReasonCode::kNotAuthorized:
    case ReasonCode::kTopicNameInvalid:
    case ReasonCode::kPacketIdentifierInUse:
    case ReasonCode::kQuotaExceeded:
    case ReasonCode::kPayloadFormatInvalid:
      return true;
    default:
      return false;
  }
}

// Sections 3.6.2.1 and 3.7.2.1: [MQTT-3.6.2-1], [MQTT-3.7.2-1].
bool is_code_of_release(ReasonCode code) {
  return code == ReasonCode::kSuccess || code == ReasonCode::kPacketIdentifierNotFound;
}

// Section 3.14.2.1, those that clients may send [MQTT-3.14.2-1].
bool is_code_of_disconnect(ReasonCode code) {
  switch (code) {
    case ReasonCode::kSuccess:
    case ReasonCode::kDisconnectWithWill:
    case ReasonCode::kUnspecifiedError:
    case ReasonCode::kMalformedPacket:
    case ReasonCode::kProtocolError:
    case ReasonCode::kImplementationSpecificError:
    case ReasonCode::kTopicNameInvalid:
    case ReasonCode::kReceiveMaximumExceeded:
    case ReasonCode::kTopicAliasInvalid:
    case ReasonCode::kPacketTooLarge:
    case ReasonCode::kMessageRateTooHigh:
    case ReasonCode::kQuotaExceeded:
    case ReasonCode::kAdministrativeAction:
    case ReasonCode::kPayloadFormatInvalid:
      return true;
    default:
      return false;
  }
}

// Section 3.15.2.1, those that clients may send [MQTT-3.15.2-1].
bool is_code_of_auth(ReasonCode code) {
  return code == ReasonCode::kContinueAuthentication || code == ReasonCode::kReAuthenticate;
}

// The reason code, which is kSuccess where the packet ends before it.
ReasonCode read_reason_code(FieldReader& fields, bool (*is_valid)(ReasonCode)) {
  ReasonCode code = ReasonCode::kSuccess;
  if (!fields.fault() && !fields.at_end()) code = static_cast<ReasonCode>(fields.u8());
  if (!is_valid(code)) fields.fault(Fault::kInvalidReasonCode);
  return code;
}

}  // namespace

Decoded read_acknowledgement(std::uint8_t level, PacketType type, std::string_view body) {
  FieldReader fields(body);
  Acknowledgement acknowledgement{.type = type, .packet_id = fields.packet_id()};
  if (level == kLevel5) {
    const bool of_receipt = type == PacketType::kPuback || type == PacketType::kPubrec;
    acknowledgement.reason_code =
        read_reason_code(fields, of_receipt ? is_code_of_receipt : is_code_of_release);
    // Properties may be missing (section 3.4.2.2.1).
    if (!fields.at_end()) {
      read_properties(fields, kAcknowledgementProperties, [](const Property& /*dropped*/) {});
    }
  }
  if (fields.finish()) return *fields.fault();
  return acknowledgement;
}

Decoded read_disconnect(std::uint8_t level, std::string_view body) {
  FieldReader fields(body);
  Disconnect disconnect;
  if (level == kLevel5) {
    disconnect.reason_code = read_reason_code(fields, is_code_of_disconnect);
    if (!fields.at_end()) {  // section 3.14.2.2.1
      read_properties(fields, kDisconnectProperties, [&](const Property& property) {
        if (property.id == PropertyId::kSessionExpiryInterval) {
          disconnect.session_expiry_s = property.number;
        } else if (property.id == PropertyId::kServerReference) {
          fields.fault(Fault::kUnexpectedProperty);
        }
      });
    }
  }
  if (fields.finish()) return *fields.fault();
  return disconnect;
}

Decoded read_auth(std::string_view body) {
  FieldReader fields(body);
  Auth auth{.reason_code = read_reason_code(fields, is_code_of_auth)};
  bool has_method = false;
  if (!fields.at_end()) {
    read_properties(fields, kAuthProperties, [&](const Property& property) {
      has_method = has_method || property.id == PropertyId::kAuthenticationMethod;
    });
  }
  if (!has_method) fields.fault(Fault::kMissingProperty);  // section 3.15.2.2.2
  if (fields.finish()) return *fields.fault();
  return auth;
}

}  // namespace millrace::mqtt
