// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// A dialog that was written down and read again goes on where it was.
func TestDialogSurvivesBeingWrittenDown(t *testing.T) {
	msg, err := sip.ParseMessage([]byte(strings.Join([]string{
		"INVITE sip:1000@tandem SIP/2.0",
		"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx",
		"Record-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>",
		`From: "Ann" <sip:123@example.com>;tag=theirs`,
		"To: <sip:1000@tandem>",
		"Call-ID: abc@192.0.2.1",
		"CSeq: 4711 INVITE",
		"Contact: <sip:123@192.0.2.1:5070;transport=tcp>",
		"Content-Length: 0", "", ""}, "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	f := flow{Transport: "tcp", Remote: netip.MustParseAddrPort("192.0.2.1:5070")}
	d := dialogOfInvite(msg.(*sip.Request), "ours", f)
	d.LocalSDP, d.RemoteSDP = []byte(testSDP), []byte(testSDP)
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var again dialog
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(d, again) {
		t.Fatalf("read %+v, want %+v", again, d)
	}
	bye, err := again.request(sip.BYE, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"BYE sip:123@192.0.2.1:5070;transport=tcp SIP/2.0",
		"Route: <sip:p2.example.com;lr>",
		"Route: <sip:p1.example.com;lr>",
		"From: <sip:1000@tandem>;tag=ours",
		`To: "Ann" <sip:123@example.com>;tag=theirs`,
		"Call-ID: abc@192.0.2.1",
		"CSeq: 1 BYE",
		"Max-Forwards: 70", "", ""}, "\r\n")
	if bye.String() != want {
		t.Errorf("got\n%s\nwant\n%s", bye, want)
	}
}
