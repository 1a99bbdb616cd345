// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/batch_record.h"

#include <cstring>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::intake {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;
using Batch = telemetry::v1::DataSamplesBatch;
using Event = telemetry::v1::DataSamplesEvent;

constexpr std::uint32_t text_tag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

std::size_t text_bytes(int field, std::string_view text) {
  if (text.empty()) return 0;
  return CodedOutputStream::VarintSize32(text_tag(field)) +
         CodedOutputStream::VarintSize32(static_cast<std::uint32_t>(text.size())) + text.size();
}

std::uint8_t* write_text(int field, std::string_view text, std::uint8_t* out) {
  if (text.empty()) return out;
  out = CodedOutputStream::WriteVarint32ToArray(text_tag(field), out);
  out = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(text.size()), out);
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

std::size_t event_bytes(const EventFields& event) {
  std::size_t bytes = text_bytes(Event::kCorrelationIdFieldNumber, event.correlation_id) +
                      text_bytes(Event::kApplicationNameFieldNumber, event.application_name) +
                      text_bytes(Event::kAppVersionNameFieldNumber, event.app_version_name) +
                      text_bytes(Event::kEndpointIdFieldNumber, event.endpoint_id) +
                      text_bytes(Event::kDataSamplesFieldNumber, event.data_samples) +
                      text_bytes(Event::kTraceparentFieldNumber, event.traceparent);
  if (event.receipt_time_us != 0) bytes += 1 + WireFormatLite::kSFixed64Size;
  if (event.sample_count != 0) bytes += 1 + WireFormatLite::UInt32Size(event.sample_count);
  return bytes;
}

std::uint8_t* write_event(const EventFields& event, std::uint8_t* out) {
  out = write_text(Event::kCorrelationIdFieldNumber, event.correlation_id, out);
  if (event.receipt_time_us != 0) {
    out = WireFormatLite::WriteSFixed64ToArray(Event::kReceiptTimeUsFieldNumber,
                                               event.receipt_time_us, out);
  }
  out = write_text(Event::kApplicationNameFieldNumber, event.application_name, out);
  out = write_text(Event::kAppVersionNameFieldNumber, event.app_version_name, out);
  out = write_text(Event::kEndpointIdFieldNumber, event.endpoint_id, out);
  out = write_text(Event::kDataSamplesFieldNumber, event.data_samples, out);
  if (event.sample_count != 0) {
    out =
        WireFormatLite::WriteUInt32ToArray(Event::kSampleCountFieldNumber, event.sample_count, out);
  }
  return write_text(Event::kTraceparentFieldNumber, event.traceparent, out);
}

}  // namespace

std::string batch_record(const EventFields& event) {
  constexpr std::uint32_t kTag = text_tag(Batch::kEventsFieldNumber);
  const auto bytes = static_cast<std::uint32_t>(event_bytes(event));
  std::string record;
  record.resize(CodedOutputStream::VarintSize32(kTag) + CodedOutputStream::VarintSize32(bytes) +
                bytes);
  auto* out = reinterpret_cast<std::uint8_t*>(record.data());
  out = CodedOutputStream::WriteVarint32ToArray(kTag, out);
  out = CodedOutputStream::WriteVarint32ToArray(bytes, out);
  write_event(event, out);
  return record;
}

}  // namespace millrace::intake
