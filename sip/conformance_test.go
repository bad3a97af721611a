// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package sip

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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
			t.Run(name, func(t *testing.T) {
				torture(t, message, parser, expected)
				for _, transport := range []string{"udp", "tcp"} {
					outcome(t, transport, message, parser, expected)
				}
			})
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

// outcome sends the message to a server as a trunk does, and holds the status of
// what it answers against the table's words.
func outcome(t *testing.T, transport string, message []byte, parser, expected string) {
	f := newFloor(t, Options{}, nil)
	f.handlers.Accepts = func(string, string) bool { return true }
	conn, err := net.Dial(transport, f.addr(transport).String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(message); err != nil {
		t.Fatal(err)
	}
	got := answerTo(t, f, conn, message)
	response := bytes.HasPrefix(message, []byte("SIP/"))
	var allowed []int
	for _, text := range regexp.MustCompile(`\b[2-6][0-9][0-9]\b`).FindAllString(expected, -1) {
		code, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		allowed = append(allowed, code)
	}
	// What is said of a request that is handled normally is anything but a fault
	// of ours, and that it is no request at all.
	normal := parser != "should_reject" && (len(allowed) == 0 || strings.Contains(expected, "normal") || strings.Contains(expected, "ignore") ||
		strings.Contains(expected, "liberal") || strings.Contains(expected, "accept") || strings.Contains(expected, "register") || strings.Contains(expected, "handled"))
	crash := strings.Contains(expected, "no crash")
	switch {
	case crash, transport == "tcp" && strings.Contains(expected, "on UDP"):
	case got >= 400 && got < 500 && strings.Contains(expected, "4xx"):
	case response || strings.Contains(expected, "discarded"):
		if got != 0 {
			t.Errorf("%s: a response is answered with %d", transport, got)
		}
	case got == 0:
		if transport == "tcp" && parser != "must_parse" || bytes.HasPrefix(message, []byte("ACK")) {
			return // a boundary that cannot be known ends the connection
		}
		t.Errorf("%s: not answered, want %q", transport, expected)
	case slices.Contains(allowed, got), normal && got < 500 && got != 400:
	case got == 403 || got == 401: // REGISTER and other methods of those who may not
	default:
		t.Errorf("%s: answered with %d, want %q", transport, got, expected)
	}
}

// answerTo is the status of the first final response, which may go to the port
// in Via: then it is in the trace.
func answerTo(t *testing.T, f *floor, conn net.Conn, message []byte) int {
	t.Helper()
	id := callIDOf(unfolded(message))
	buf := make([]byte, 65536)
	read := ""
	for range 25 {
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		read += string(buf[:n])
		all, _ := f.tracer.find(id)
		for _, m := range all {
			if m.out {
				read += string(m.text)
			}
		}
		for line := range strings.SplitSeq(read, "\r\n") {
			var code int
			if _, scanErr := fmt.Sscanf(line, "SIP/2.0 %d", &code); scanErr == nil && code >= 200 {
				return code
			}
		}
		if err != nil && !isTimeout(err) {
			return 0
		}
	}
	return 0
}

func unfolded(message []byte) []byte {
	end := endOfHeaders(message)
	if end < 0 {
		return message
	}
	out, _ := unfold(message, end)
	return out
}
