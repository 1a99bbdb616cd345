// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/batch_record.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace millrace::intake {

std::string batch_record(const telemetry::v1::DataSamplesEvent& event) {
  using google::protobuf::internal::WireFormatLite;
  using google::protobuf::io::CodedOutputStream;
  constexpr std::uint32_t kTag =
      WireFormatLite::MakeTag(telemetry::v1::DataSamplesBatch::kEventsFieldNumber,
                              WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  const auto event_bytes = static_cast<std::uint32_t>(event.ByteSizeLong());
  std::string record;
  record.resize(CodedOutputStream::VarintSize32(kTag) +
                CodedOutputStream::VarintSize32(event_bytes) + event_bytes);
  auto* out = reinterpret_cast<std::uint8_t*>(record.data());
  out = CodedOutputStream::WriteVarint32ToArray(kTag, out);
  out = CodedOutputStream::WriteVarint32ToArray(event_bytes, out);
  event.SerializeWithCachedSizesToArray(out);
  return record;
}

}  // namespace millrace::intake
