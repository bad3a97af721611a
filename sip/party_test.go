// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

func TestWhoCalls(t *testing.T) {
	var believed *trunk
	f := func(from, extra, number, name string) {
		t.Helper()
		msg, err := sip.ParseMessage([]byte("INVITE sip:1000@t SIP/2.0\r\nFrom: " + from + "\r\n" + extra + "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := partyOf(msg.(*sip.Request), believed); got != (call.Party{Number: number, Name: name}) {
			t.Errorf("%s %s: %+v, want %q %q", from, extra, got, number, name)
		}
	}
	believed = &trunk{Trunk: Trunk{Identity: Identity{Trust: true}}}
	f("<sip:+493012345@x>;tag=1", "", "+493012345", "")
	f("\"Ann Lee\" <sip:0301234;phone-context=+49@x>;tag=1", "", "0301234", "Ann Lee")
	f("<sip:+49-30-(12)34@x>;tag=1", "", "+49301234", "")
	f("<sip:%2B4930@x>;tag=1", "", "+4930", "")
	f("sipp <sip:sipp@x>;tag=1", "", "", "sipp")
	f("<sip:alice@x>;tag=1", "", "", "alice")
	f("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1", "", "", "")
	f("\"A\" <sip:123@x>;tag=1", "Privacy: id\r\n", "", "")
	f("\"A\" <sip:123@x>;tag=1", "P-Asserted-Identity: \"B\" <sip:456@x>\r\n", "456", "B")
	f("\"A\" <sip:123@x>;tag=1", "P-Asserted-Identity: <sip:broken\r\n", "123", "A")
	f("\"A\" <sip:123@x>;tag=1", "Remote-Party-ID: \"B\" <sip:456@x>;privacy=off\r\n", "456", "B")
	f("\"A\" <sip:123@x>;tag=1", "Remote-Party-ID: \"B\" <sip:456@x>;privacy=full\r\n", "", "")
	f("\"A\" <sip:123@x>;tag=1", "Privacy: none\r\n", "123", "A")
	f("\"a\u202eb\x07c\" <sip:123@x>;tag=1", "", "123", "abc")
	f("\""+strings.Repeat("ü", 100)+"\" <sip:123@x>;tag=1", "", "123", strings.Repeat("ü", 64))
	f("<sip:"+strings.Repeat("1", 33)+"@x>;tag=1", "", "", strings.Repeat("1", 33))
}

// TestIdentityIsBelievedOfTrustedTrunksOnly is S-7: what anybody can write does
// not name the caller, and a number that is withheld stays so.
func TestIdentityIsBelievedOfTrustedTrunksOnly(t *testing.T) {
	f := func(trust bool, extra string, want call.Party) {
		t.Helper()
		msg, err := sip.ParseMessage([]byte("INVITE sip:1000@t SIP/2.0\r\nFrom: \"A\" <sip:0170123456@x>;tag=1\r\n" + extra + "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		carrier := &trunk{Trunk: Trunk{Identity: Identity{Trust: trust}, Numbers: NumberPlan{Country: "49"}}}
		if got := partyOf(msg.(*sip.Request), carrier); got != want {
			t.Errorf("trust %v, %q: %+v, want %+v", trust, extra, got, want)
		}
	}
	plain := call.Party{Name: "A", Number: "+49170123456"}
	f(false, "P-Asserted-Identity: <sip:+4911111111@x>\r\n", plain)
	f(true, "P-Asserted-Identity: <sip:+4911111111@x>\r\n", call.Party{Number: "+4911111111"})
	f(true, "P-Asserted-Identity: <sip:+4911111111;verstat=TN-Validation-Passed@x>\r\n", call.Party{Number: "+4911111111", Verstat: call.VerstatPassed})
	f(true, "P-Asserted-Identity: <sip:+4911111111@x;verstat=TN-Validation-Failed>\r\n", call.Party{Number: "+4911111111", Verstat: call.VerstatFailed})
	f(true, "P-Asserted-Identity: <sip:+4911111111@x;verstat=whatever>\r\n", call.Party{Number: "+4911111111"})
	f(false, "Remote-Party-ID: <sip:+4911111111@x>\r\n", plain)
	f(false, "Diversion: <sip:+4922222222@x>\r\n", plain)
	plain.Diverted = "+4922222222"
	f(true, "Diversion: <sip:+4933333333@x>;reason=unknown\r\nDiversion: <sip:022222222@x>\r\n", plain)
	f(true, "History-Info: <sip:+4922222222@x>;index=1\r\nHistory-Info: <sip:+4933333333@x>;index=1.1\r\n", plain)
	plain.Diverted = ""
	f(true, "History-Info: <sip:+4922222222@x>;index=1\r\n", plain)
	f(false, "Privacy: user;critical\r\nP-Asserted-Identity: <sip:+4911111111@x>\r\n", call.Party{})
}

// Every cause that call declares has its line in the one table.
func TestEveryCauseHasAnAnswer(t *testing.T) {
	file, err := parser.ParseFile(gotoken.NewFileSet(), "../call/cause.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		found++
		a, ok := causes[call.Cause(text)]
		if !ok || a.status < 400 || a.status > 699 || a.phrase == "" || a.q850 < 1 || a.q850 > 127 {
			t.Errorf("cause %s: %+v", text, a)
		}
		return true
	})
	if found < 20 {
		t.Errorf("%d causes found", found)
	}
	if a := answerFor("unheard of"); a.status != 500 {
		t.Errorf("an unknown cause is %+v", a)
	}
}
