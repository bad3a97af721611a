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
	f := func(from, extra, number, name string) {
		t.Helper()
		msg, err := sip.ParseMessage([]byte("INVITE sip:1000@t SIP/2.0\r\nFrom: " + from + "\r\n" + extra + "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := partyOf(msg.(*sip.Request)); got != (call.Party{Number: number, Name: name}) {
			t.Errorf("%s %s: %+v, want %q %q", from, extra, got, number, name)
		}
	}
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
	f("\"a\u202eb\x07c\" <sip:123@x>;tag=1", "", "123", "abc")
	f("\""+strings.Repeat("ü", 100)+"\" <sip:123@x>;tag=1", "", "123", strings.Repeat("ü", 64))
	f("<sip:"+strings.Repeat("1", 33)+"@x>;tag=1", "", "", strings.Repeat("1", 33))
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
