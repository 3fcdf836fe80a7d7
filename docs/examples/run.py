"""Runs M07 and saves the bundle's files. Takes PROMPTFORGE_SERVER and PROMPTFORGE_KEY; needs Python 3 alone."""

import json
import os
import pathlib
import urllib.error
import urllib.request

SERVER, KEY = os.environ["PROMPTFORGE_SERVER"], os.environ["PROMPTFORGE_KEY"]


def call(path, body=None):
    request = urllib.request.Request(SERVER + path, headers={"Authorization": f"Bearer {KEY}"})
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
        request.add_header("Idempotency-Key", "acme-offer-42")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as refused:
        problem = json.load(refused)
        raise SystemExit(f"{problem['code']}: {problem['detail']}")


run = json.loads(call("/api/run/M07", {
    "seven_d": {"domain": "fintech", "urgency": "crisis"},
    "type": "generation",
    "formats": ["md", "json"],
    "inputs": {
        "price": "25000 EUR",
        "perceived_risk": "delivery uncertainty",
        "proofs": ["audit 2025", "case study"],
        "guarantees": ["milestone refunds"],
    },
}))
print(run["score"]["verdict"], run["score"]["total"], run["bundle"]["checksum"])
for file in run["bundle"]["files"]:
    pathlib.Path(file["name"]).write_bytes(call(file["url"]))
