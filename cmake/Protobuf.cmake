# SPDX-License-Identifier: Apache-2.0

# millrace_proto(NAME <name> SOURCES <a.proto> ... [GRPC])
# One static library millrace_proto_<name> with the C++ of the given .proto files (paths relative
# to proto/), with gRPC stubs where GRPC is given. Include as "millrace/telemetry/v1/x.pb.h".
function(millrace_proto)
  cmake_parse_arguments(ARG "GRPC" "NAME" "SOURCES" ${ARGN})
  set(out "${CMAKE_BINARY_DIR}/generated")
  file(MAKE_DIRECTORY "${out}")
  set(generated)
  foreach(proto IN LISTS ARG_SOURCES)
    string(REGEX REPLACE "\\.proto$" "" stem "${proto}")
    set(files "${out}/${stem}.pb.cc" "${out}/${stem}.pb.h")
    set(arguments "--cpp_out=${out}")
    if(ARG_GRPC)
      list(APPEND files "${out}/${stem}.grpc.pb.cc" "${out}/${stem}.grpc.pb.h")
      list(APPEND arguments "--grpc_out=${out}"
        "--plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>")
    endif()
    add_custom_command(
      OUTPUT ${files}
      COMMAND protobuf::protoc -I "${CMAKE_SOURCE_DIR}/proto" ${arguments} "${proto}"
      DEPENDS "${CMAKE_SOURCE_DIR}/proto/${proto}"
      COMMENT "protoc ${proto}"
      VERBATIM)
    list(APPEND generated ${files})
  endforeach()
  add_library(millrace_proto_${ARG_NAME} STATIC ${generated})
  target_include_directories(millrace_proto_${ARG_NAME} SYSTEM PUBLIC "${out}")
  target_link_libraries(millrace_proto_${ARG_NAME} PUBLIC protobuf::libprotobuf)
  if(ARG_GRPC)
    target_link_libraries(millrace_proto_${ARG_NAME} PUBLIC gRPC::grpc++)
  endif()
endfunction()
