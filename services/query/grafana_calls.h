// SPDX-License-Identifier: Apache-2.0
//
// Both versions of the Grafana contract, as gRPC methods: what they read is grafana_reader.h's.
// Keys, access and bounds of calls are those of QueryHandler's own methods.
#pragma once

#include "grafana/v1/grafana_query_api.grpc.pb.h"
#include "grafana/v3/grafana_query_api.grpc.pb.h"
#include "query/query_handler.h"

namespace millrace::query {

class GrafanaV3Handler final : public grafanav3::GrafanaQueryAPI::Service {
 public:
  // `calls` outlives the handler.
  explicit GrafanaV3Handler(QueryHandler& calls) : calls_(calls) {}

  grpc::Status ListDimensionKeys(grpc::ServerContext* context,
                                 const grafanav3::ListDimensionKeysRequest* request,
                                 grafanav3::ListDimensionKeysResponse* response) override;
  grpc::Status ListDimensionValues(grpc::ServerContext* context,
                                   const grafanav3::ListDimensionValuesRequest* request,
                                   grafanav3::ListDimensionValuesResponse* response) override;
  grpc::Status ListMetrics(grpc::ServerContext* context,
                           const grafanav3::ListMetricsRequest* request,
                           grafanav3::ListMetricsResponse* response) override;
  grpc::Status GetQueryOptions(grpc::ServerContext* context,
                               const grafanav3::GetOptionsRequest* request,
                               grafanav3::GetOptionsResponse* response) override;
  grpc::Status GetMetricValue(grpc::ServerContext* context,
                              const grafanav3::GetMetricValueRequest* request,
                              grafanav3::GetMetricValueResponse* response) override;
  grpc::Status GetMetricHistory(grpc::ServerContext* context,
                                const grafanav3::GetMetricHistoryRequest* request,
                                grafanav3::GetMetricHistoryResponse* response) override;
  grpc::Status GetMetricAggregate(grpc::ServerContext* context,
                                  const grafanav3::GetMetricAggregateRequest* request,
                                  grafanav3::GetMetricAggregateResponse* response) override;

 private:
  QueryHandler& calls_;
};

class GrafanaV1Handler final : public grafana::GrafanaQueryAPI::Service {
 public:
  // `calls` outlives the handler.
  explicit GrafanaV1Handler(QueryHandler& calls) : calls_(calls) {}

  grpc::Status ListDimensionKeys(grpc::ServerContext* context,
                                 const grafana::ListDimensionKeysRequest* request,
                                 grafana::ListDimensionKeysResponse* response) override;
  grpc::Status ListDimensionValues(grpc::ServerContext* context,
                                   const grafana::ListDimensionValuesRequest* request,
                                   grafana::ListDimensionValuesResponse* response) override;
  grpc::Status ListMetrics(grpc::ServerContext* context, const grafana::ListMetricsRequest* request,
                           grafana::ListMetricsResponse* response) override;
  grpc::Status GetMetricValue(grpc::ServerContext* context,
                              const grafana::GetMetricValueRequest* request,
                              grafana::GetMetricValueResponse* response) override;
  grpc::Status GetMetricHistory(grpc::ServerContext* context,
                                const grafana::GetMetricHistoryRequest* request,
                                grafana::GetMetricHistoryResponse* response) override;
  grpc::Status GetMetricAggregate(grpc::ServerContext* context,
                                  const grafana::GetMetricAggregateRequest* request,
                                  grafana::GetMetricAggregateResponse* response) override;

 private:
  QueryHandler& calls_;
};

}  // namespace millrace::query
