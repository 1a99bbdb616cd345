-- SPDX-License-Identifier: Apache-2.0
-- oldest program: 1
-- The ledger: which messages of the stream came to their end, and what became of their samples, written by the
-- transaction that ends them. docs/decisions/0012-durable-ledger.md has the reasons. Programs before this one end
-- messages without it.

-- The stream as it was when counting began. A stream made anew, or put back from a backup, begins another.
CREATE TABLE time_series.ledger_epoch (
  epoch int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- As JetStream says it, to the nanosecond.
  stream_created text NOT NULL,
  -- Position of the newest message, and how many of those up to it had left the stream before this ledger.
  last_sequence bigint NOT NULL,
  messages_before bigint NOT NULL,
  began_at timestamptz NOT NULL DEFAULT now()
);

-- Sums. Several rows an epoch, so that replicas do not wait for each other: a connection has the one of its process id.
CREATE TABLE time_series.ledger (
  epoch int NOT NULL,
  slot int NOT NULL,
  messages bigint NOT NULL,
  messages_terminated bigint NOT NULL,
  samples_stored bigint NOT NULL,
  samples_merged bigint NOT NULL,
  samples_rejected bigint NOT NULL,
  samples_empty bigint NOT NULL,
  PRIMARY KEY (epoch, slot)
) WITH (fillfactor = 50);

-- Messages that are in the sums, so that a redelivery is not counted again. Those that can come no more are removed.
CREATE TABLE time_series.ended_message (
  epoch int NOT NULL,
  stream_sequence bigint NOT NULL,
  PRIMARY KEY (epoch, stream_sequence)
);
