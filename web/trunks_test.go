// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// carriers are trunks of a test.
type carriers struct{}

func (carriers) Trunks() []Trunk {
	return []Trunk{{Name: "carrier", Registration: TrunkRegistration{State: "up", Status: 200},
		Targets: []TrunkTarget{{Target: "192.0.2.1:5060", Up: true}}, Refusals: []TrunkRefusal{{Number: "1", Status: 404}}}}
}

func (carriers) Test(_ context.Context, trunk, number string) (TestCall, error) {
	switch {
	case trunk != "carrier":
		return TestCall{}, ErrNoTrunk
	case number == "0900":
		return TestCall{}, errors.New("denied")
	}
	return TestCall{Answered: 1.5, Cause: "completed"}, nil
}

func (carriers) Trace(id string, pcap bool) ([]byte, bool) {
	if pcap {
		return []byte("capture of " + id), true
	}
	return []byte("ladder of " + id), id != "forgotten"
}

func TestTrunksAndTracesAreForSupervisors(t *testing.T) {
	h := newHouse(t, func(_ *Options, d *Deps) { d.Trunks = carriers{} })
	sue, anna := h.signedIn("sue"), h.signedIn("anna")
	for _, door := range []string{"/api/v1/trunks", "/api/v1/traces?call=x"} {
		h.somebody().want(401, "GET", door, nil)
		anna.want(403, "GET", door, nil)
	}
	number := map[string]string{"number": "0900"}
	anna.want(403, "POST", "/api/v1/trunks/carrier/test", number)
	if all := get[[]Trunk](sue, "/api/v1/trunks"); len(all) != 1 || all[0].Registration.State != "up" || all[0].Targets[0].Target != "192.0.2.1:5060" {
		t.Errorf("%+v", all)
	}
	sue.want(409, "POST", "/api/v1/trunks/carrier/test", number)
	number["number"] = "+4930"
	contains(t, sue.want(200, "POST", "/api/v1/trunks/carrier/test", number), `"answered":1.5`)
	sue.want(404, "POST", "/api/v1/trunks/other/test", number)
	sue.want(404, "GET", "/api/v1/traces?call=forgotten", nil)
	resp, text := sue.send(sue.request("GET", "/api/v1/traces?call=a%40b%2Fc", nil))
	if text != "ladder of a@b/c" || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("%q as %s", text, resp.Header.Get("Content-Type"))
	}
	if text := sue.want(200, "GET", "/api/v1/traces?call=x&format=pcap", nil); text != "capture of x" {
		t.Errorf("%q", text)
	}
}

func TestLocalDoorNeedsNoSession(t *testing.T) {
	h := newHouse(t, func(_ *Options, d *Deps) { d.Trunks = carriers{} })
	w := httptest.NewRecorder()
	h.server.Local().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/trunks", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "carrier") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
