#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A device that sends temperature and humidity over MQTT, in the spirit of Kaa's tutorial.

Without --count it goes on until Ctrl-C, a sample every three seconds.
"""

import argparse
import json
import random
import signal
import string
import sys
import threading
import time

import paho.mqtt.client as mqtt


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--app-version", required=True)
    parser.add_argument("--token", required=True, help="endpoint token")
    parser.add_argument("--count", type=int, default=0, help="samples to send; 0: until Ctrl-C")
    parser.add_argument("--interval", type=float, default=3.0, help="seconds between samples")
    return parser.parse_args()


def compose_data_sample():
    return json.dumps(
        [
            {
                "timestamp": int(round(time.time() * 1000)),
                "temperature": random.randint(15, 25),
                "humidity": random.randint(35, 60),
            }
        ]
    )


def connect(options):
    """A connected client; its network loop runs on a thread of its own."""
    client_id = "".join(random.choices(string.ascii_uppercase + string.digits, k=6))
    client = mqtt.Client(client_id=client_id)
    client.on_message = lambda _client, _userdata, message: print(
        f'<-- Received message on topic "{message.topic}":\n{message.payload.decode("utf-8")}'
    )
    try:
        client.connect(options.host, options.port, 60)
    except OSError as error:
        sys.exit(f"cannot connect to {options.host}:{options.port}: {error}")
    client.loop_start()
    return client


def main():
    options = arguments()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())

    client = connect(options)
    topic = f"kp1/{options.app_version}/dcx/{options.token}/json"
    sent = 0
    while not stopped.is_set():
        payload = compose_data_sample()
        result = client.publish(topic=topic, payload=payload)
        if result.rc != mqtt.MQTT_ERR_SUCCESS:
            print("Server connection lost, attempting to reconnect")
        else:
            print(f'--> Sent message on topic "{topic}":\n{payload}', flush=True)
            result.wait_for_publish(10)
            sent += 1
        if sent == options.count:
            break
        stopped.wait(options.interval)
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
