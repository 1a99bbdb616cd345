# SPDX-License-Identifier: Apache-2.0
"""The registry's answers about series rules, given by the test, in a stack without one."""

import threading

from support.bus import Bus
from support.protos import configuration_pb2

REQUESTS = "kaa.v1.service.registry.scmp.application-configuration-request"
STOP = "test.rules.stop"
CHANGES = "kaa.v1.events.registry.service.configuration.upsert"


class Rules:
    """`of` has SeriesRules by application; without an entry: there is no such application."""

    def __init__(self, nats):
        self.of = {}
        self._bus = Bus(nats)
        self._sender = Bus(nats)
        self._bus.subscribe(REQUESTS, "registry")
        self._bus.subscribe(STOP)
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def set(self, application, **fields):
        """Replaces the application's rules, and says so to whoever has the old ones."""
        version = self.of[application].version + 1 if application in self.of else 1
        self.of[application] = configuration_pb2.SeriesRules(version=version, **fields)
        event = configuration_pb2.ConfigurationEvent(application_name=application)
        self._sender.publish(CHANGES, event.SerializeToString())
        self._sender.flush()

    def _answer(self):
        while True:
            subject, reply, payload = self._bus.next_message(timeout=None)
            if subject == STOP:
                return
            request = configuration_pb2.ApplicationConfigurationRequest.FromString(payload)
            rules = self.of.get(request.application_name)
            answer = configuration_pb2.ApplicationConfigurationResponse(
                status_code=200 if rules else 404, series_rules=rules
            )
            self._bus.publish(reply, answer.SerializeToString())

    def close(self):
        self._sender.publish(STOP, b"")
        self._thread.join()
        self._bus.close()
        self._sender.close()
