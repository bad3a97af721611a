// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"testing"

	"github.com/emiago/sipgo/sip"
)

// TestAnyPartyCanBeNamed: whatever a party is known by becomes a user that can
// be read again, so that no caller's name keeps an agent from being rung.
func TestAnyPartyCanBeNamed(t *testing.T) {
	f := func(party, user string) {
		t.Helper()
		got := escapeUser(party)
		if got != user {
			t.Errorf("%s became %s, want %s", party, got, user)
		}
		var uri sip.Uri
		if err := sip.ParseUri("sip:"+got+"@tandem.invalid", &uri); err != nil || uri.Host != "tandem.invalid" {
			t.Errorf("%s is not read again: host %s, %v", got, uri.Host, err)
		}
	}
	f("+493012345678", "+493012345678")
	f("*21#", "*21%23")
	f("sip:ada@192.0.2.7:5070", "sip%3Aada%40192.0.2.7%3A5070")
	f("a%40b", "a%40b")
	f("李", "%E6%9D%8E")
	f("a b<c>\r\n\"", "a%20b%3Cc%3E%0D%0A%22")
}
