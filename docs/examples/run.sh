#!/usr/bin/env bash
# Runs M07 and saves the bundle's files. Takes PROMPTFORGE_SERVER and PROMPTFORGE_KEY; needs curl.
set -euo pipefail

answer=$(curl --fail-with-body --silent --show-error --retry 3 \
  --header "Authorization: Bearer $PROMPTFORGE_KEY" --header 'Content-Type: application/json' --header "Idempotency-Key: acme-offer-42" \
  --data '{"seven_d": {"domain": "fintech", "urgency": "crisis"}, "type": "generation", "formats": ["md", "json"],
           "inputs": {"price": "25000 EUR", "perceived_risk": "delivery uncertainty", "proofs": ["audit 2025", "case study"], "guarantees": ["milestone refunds"]}}' \
  "$PROMPTFORGE_SERVER/api/run/M07")
echo "$answer" | grep -o '"checksum":"[^"]*"'
for url in $(echo "$answer" | grep -o '"url":"[^"]*"' | cut -d'"' -f4); do
  curl --fail --silent --show-error --header "Authorization: Bearer $PROMPTFORGE_KEY" --output "$(basename "$url")" "$PROMPTFORGE_SERVER$url"
done
