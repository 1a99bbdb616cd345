-- SPDX-License-Identifier: Apache-2.0
-- oldest program: 1
-- What an application allows its endpoints: uploads a second (0: without a limit), how many at once
-- (0: those of a second), and paths below json. Programs of earlier migrations do not ask, and
-- create applications that limit nothing.

ALTER TABLE registry.application
  ADD COLUMN max_uploads_per_second double precision NOT NULL DEFAULT 0
    CHECK (max_uploads_per_second = 0 OR max_uploads_per_second BETWEEN 0.001 AND 1000000),
  ADD COLUMN max_upload_burst int NOT NULL DEFAULT 0
    CHECK (max_upload_burst BETWEEN 0 AND 1000000),
  ADD COLUMN relaxed_resource_paths boolean NOT NULL DEFAULT false;

-- An endpoint's own quota; NULL: that of its application.
ALTER TABLE registry.endpoint
  ADD COLUMN max_uploads_per_second double precision
    CHECK (max_uploads_per_second = 0 OR max_uploads_per_second BETWEEN 0.001 AND 1000000),
  ADD COLUMN max_upload_burst int NOT NULL DEFAULT 0
    CHECK (max_upload_burst BETWEEN 0 AND 1000000);
