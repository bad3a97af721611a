// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package sip

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// TestConformanceWithTortureMessages sends the torture messages of RFC 4475 and RFC 5118, which
// are in the folder that TANDEM_DATA names, through the door: as datagrams, and
// over TCP cut at every octet.
func TestConformanceWithTortureMessages(t *testing.T) {
	data := os.Getenv("TANDEM_DATA")
	if data == "" {
		t.Fatal("TANDEM_DATA names no folder: make conformance DATA=...")
	}
	tables, err := filepath.Glob(filepath.Join(data, "sip-torture", "rfc*", "EXPECTED.tsv"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("no sip-torture/rfc*/EXPECTED.tsv in %s: %v", data, err)
	}
	tried := 0
	for _, table := range tables {
		text, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		column := map[string]int{}
		for i, name := range strings.Split(lines[0], "\t") {
			column[strings.TrimSpace(name)] = i
		}
		for _, line := range lines[1:] {
			fields := strings.Split(line, "\t")
			name := fields[column["file"]]
			message, err := os.ReadFile(filepath.Join(filepath.Dir(table), name))
			if err != nil {
				t.Fatal(err)
			}
			parser, expected := "must_parse", ""
			if i, ok := column["expect"]; ok {
				if fields[i] == "reject" {
					parser, expected = "should_reject", "400"
				}
			} else {
				parser, expected = fields[column["parser"]], fields[column["uas_expected"]]
			}
			tried++
			t.Run(name, func(t *testing.T) { torture(t, message, parser, expected) })
		}
	}
	t.Logf("%d messages", tried)
}

func torture(t *testing.T, message []byte, parser, expected string) {
	passed, answers := byUDP(newDoor(wideOpen), message)
	code := status(answers)
	switch parser {
	case "must_parse":
		if code == 416 && strings.HasPrefix(expected, "416") {
			return
		}
		if len(passed) != 1 {
			t.Fatalf("refused with %d: %q", code, answers)
		}
		if _, err := sip.ParseMessage([]byte(passed[0])); err != nil {
			t.Fatalf("sipgo: %v", err)
		}
	case "should_reject":
		if len(passed) != 0 {
			t.Fatalf("passed: %q", passed)
		}
		if bytes.HasPrefix(message, []byte("SIP/")) != (code == 0) {
			t.Fatalf("answered %d", code)
		}
	}
	if code != 0 && !strings.Contains(expected, strconv.Itoa(code)) {
		t.Fatalf("answered %d, want %s", code, expected)
	}
	everyCut(t, message, passed)
}

// everyCut compares what passes by TCP with what passed by UDP.
func everyCut(t *testing.T, message []byte, byDatagram []string) {
	whole, _, _ := byTCP(t, newDoor(wideOpen), message)
	for _, text := range whole {
		if _, err := sip.ParseMessage([]byte(text)); err != nil {
			t.Fatalf("sipgo: %v", err)
		}
	}
	if len(whole) > 0 && (len(byDatagram) == 0 || whole[0] != byDatagram[0]) {
		t.Fatalf("by TCP %q, by UDP %q", whole, byDatagram)
	}
	for i := range len(message) {
		cut, _, _ := byTCP(t, newDoor(wideOpen), message[:i], message[i:])
		if strings.Join(cut, "|") != strings.Join(whole, "|") {
			t.Fatalf("cut at %d: %q, whole: %q", i, cut, whole)
		}
	}
}
