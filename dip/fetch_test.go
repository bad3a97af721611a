// SPDX-License-Identifier: Apache-2.0

package dip

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/ivr"
)

// upstream is another system that answers as h does, and a client that may reach
// it.
func upstream(t *testing.T, o Options, h http.HandlerFunc) (*Client, string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	o.AllowPrivate = append(o.AllowPrivate, "127.0.0.1")
	return client(t, o), s.URL
}

func client(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func get(url string) ivr.Fetch {
	return ivr.Fetch{Method: "GET", URL: url, Connect: time.Second, Timeout: 5 * time.Second, MaxBody: 100}
}

func TestFetchSendsWhatItIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("s3cret\nnot this\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var saw string
	c, url := upstream(t, Options{Secrets: map[string]Secret{"crm": {File: file}}}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) //nolint:errcheck // a short body reads short
		saw = r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization") + " " + r.Header.Get("Content-Type") + " " + string(body)
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"a": 1}`) //nolint:errcheck // the test looks at what arrives
	})
	r := get(url + "/x")
	r.Method, r.Body = "POST", []byte(`{"b":2}`)
	r.Headers = []ivr.Header{{Name: "Authorization", Value: "Bearer ", Secret: "crm"}}
	got := c.Fetch(t.Context(), r)
	if got.How != ivr.FetchAnswered || got.Status != 201 || string(got.Body) != `{"a": 1}` {
		t.Errorf("got %+v", got)
	}
	if want := `POST /x Bearer s3cret application/json {"b":2}`; saw != want {
		t.Errorf("sent %q, want %q", saw, want)
	}
}

// Behaviour 36 of call-center.md: 5xx is retried as far as the policy says and no
// further; a body beyond the cap is an error; what hangs ends in time; the
// caller's leaving cancels.
func TestFetchBehaviour36(t *testing.T) {
	t.Run("retries", func(t *testing.T) {
		var tries atomic.Int32
		c, url := upstream(t, Options{BreakAfter: 100}, func(w http.ResponseWriter, _ *http.Request) {
			if tries.Add(1) < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		r := get(url)
		if got := c.Fetch(t.Context(), r); got.Status != 503 || tries.Load() != 1 {
			t.Errorf("no retry wanted: %+v after %d tries", got, tries.Load())
		}
		r.Retries = 1
		if got := c.Fetch(t.Context(), r); got.Status != 200 || tries.Load() != 3 {
			t.Errorf("one retry wanted: %+v after %d tries", got, tries.Load())
		}
	})
	t.Run("a body beyond the cap", func(t *testing.T) {
		c, url := upstream(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, strings.Repeat("x", 101)) //nolint:errcheck // cut short
		})
		if got := c.Fetch(t.Context(), get(url)); got.How != ivr.FetchTooLarge || got.Body != nil {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a hang, and a caller who leaves", func(t *testing.T) {
		asked, left := make(chan bool, 2), make(chan bool, 2)
		c, url := upstream(t, Options{}, func(_ http.ResponseWriter, r *http.Request) {
			asked <- true
			<-r.Context().Done()
			left <- true
		})
		r := get(url)
		r.Timeout, r.Retries = 300*time.Millisecond, 3
		began := time.Now()
		got := c.Fetch(t.Context(), r)
		if took := time.Since(began); got.How != ivr.FetchTimedOut || took < 300*time.Millisecond || took > 2*time.Second {
			t.Errorf("%+v after %v", got, took)
		}
		<-asked
		<-left
		ctx, cancel := context.WithCancel(t.Context())
		r.Timeout = time.Minute
		done := make(chan ivr.Fetched)
		go func() { done <- c.Fetch(ctx, r) }()
		<-asked
		cancel()
		<-done // at once, not in a minute
		<-left
	})
}

func TestFetchReachesNoPrivateAddress(t *testing.T) {
	asked := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer s.Close()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, Options{AllowPrivate: []string{"crm.internal"}})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"} {
		if got := c.Fetch(t.Context(), get("http://"+host+":"+port)); got.How == ivr.FetchAnswered || asked {
			t.Errorf("%s was reached: %+v", host, got)
		}
	}
	if got := c.Fetch(t.Context(), get("http://127.0.0.1:"+port)); got.How != ivr.FetchNotAllowed {
		t.Errorf("got %+v", got)
	}
	for _, address := range []string{"10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "fd00::1", "fe80::1", "::", "64:ff9b::a00:1"} {
		if !isPrivate(netip.MustParseAddr(address)) {
			t.Errorf("%s counts as public", address)
		}
	}
	for _, address := range []string{"192.0.2.1", "8.8.8.8", "2001:db8::1", "172.32.0.1"} {
		if isPrivate(netip.MustParseAddr(address)) {
			t.Errorf("%s counts as private", address)
		}
	}
}

func TestFetchFollowsNoRedirect(t *testing.T) {
	c, url := upstream(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/there" {
			t.Error("followed")
		}
		http.Redirect(w, r, "/there", http.StatusFound)
	})
	if got := c.Fetch(t.Context(), get(url)); got.Status != 302 {
		t.Errorf("got %+v", got)
	}
}

func TestFetchLimitsHowManyAreUnderWay(t *testing.T) {
	asked := make(chan bool)
	c, url := upstream(t, Options{Concurrent: 1}, func(_ http.ResponseWriter, r *http.Request) {
		asked <- true
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan ivr.Fetched)
	go func() { done <- c.Fetch(ctx, get(url)) }()
	<-asked
	if got := c.Fetch(t.Context(), get(url)); got.How != ivr.FetchUnavailable {
		t.Errorf("a second one: %+v", got)
	}
	cancel()
	<-done
}

func TestBreakerLeavesAHostAlone(t *testing.T) {
	b := breaker{after: 2, span: 10 * time.Second, hosts: map[string]*health{}}
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	admitted := func(s int, want bool) {
		t.Helper()
		if got := b.admit("crm", at(s)); got != want {
			t.Fatalf("at %d s admitted %v", s, got)
		}
	}
	admitted(0, true)
	b.outcome("crm", at(0), failing)
	admitted(1, true)
	if !b.outcome("crm", at(1), failing) {
		t.Fatal("two failures in a row leave it open")
	}
	admitted(10, false)
	admitted(11, true) // one tries
	admitted(11, false)
	b.outcome("crm", at(12), failing)
	admitted(21, false)
	admitted(22, true)
	b.outcome("crm", at(22), nothingLearnt) // its caller left
	admitted(22, true)
	b.outcome("crm", at(23), fine)
	admitted(23, true)
	admitted(23, true)
	if !b.admit("other", at(0)) {
		t.Fatal("another host suffers")
	}
}

func TestFetchAsksNoHostThatIsLeftAlone(t *testing.T) {
	var tries atomic.Int32
	c, url := upstream(t, Options{BreakAfter: 2, BreakFor: time.Hour}, func(w http.ResponseWriter, _ *http.Request) {
		tries.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	})
	for range 5 {
		c.Fetch(t.Context(), get(url))
	}
	if n := tries.Load(); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestOptionsNameEveryFault(t *testing.T) {
	t.Setenv("DIP_EMPTY", "")
	var got []string
	Options{
		Secrets:      map[string]Secret{"a": {}, "b": {Env: "DIP_MISSING"}, "c": {Env: "DIP_EMPTY"}},
		AllowPrivate: []string{"10.0.0.0/8"}, Concurrent: -1, BreakAfter: -1, BreakFor: time.Hour,
	}.Check(func(path, problem string) { got = append(got, path) })
	want := []string{"secrets.a", "secrets.b", "secrets.c", "allowPrivate[0]", "concurrent", "breakAfter", "breakFor"}
	if !slices.Equal(got, want) {
		t.Errorf("got %s", got)
	}
}
