#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Speaks every sentence of the shipped flows that index.tsv lacks, and the
# recordings of sounds.tsv that are not there. Needs flite and espeak-ng.
set -eu
cd "$(dirname "$0")/../.."
for tool in flite espeak-ng; do
	command -v "$tool" >/dev/null || { echo "render: install $tool first" >&2; exit 1; }
done
list=$(mktemp)
trap 'rm -f "$list"' EXIT
for file in configs/tandem.yaml configs/bench.yaml; do
	go run ./cmd/tandem prompts -config "$file" >>"$list"
done
go run ./media/render -prompts configs/prompts "$list"
