// SPDX-License-Identifier: Apache-2.0

package web

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func TestDescriptionNamesEveryDoor(t *testing.T) {
	h := newHouse(t)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	text := h.somebody().want(200, "GET", "/api/v1/openapi.json", nil)
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	var doors []string
	for path, methods := range doc.Paths {
		for method := range methods {
			doors = append(doors, strings.ToUpper(method)+" "+strings.TrimPrefix(path, "/api/v1"))
		}
	}
	slices.Sort(doors)
	want := []string{"DELETE /desk/next-status", "DELETE /session", "GET /abandoned", "GET /callbacks", "GET /calls/{id}/flow", "GET /contacts/{id}/explain", "GET /desk", "GET /desk/recent", "GET /floor", "GET /live",
		"GET /session", "GET /settings", "GET /traces", "GET /trunks", "POST /agents/{id}/sign-out", "POST /agents/{id}/status", "POST /callbacks", "POST /contacts/{id}/assign", "POST /contacts/{id}/move",
		"POST /contacts/{id}/priority", "POST /contacts/{id}/withdraw", "POST /demo/calls",
		"POST /desk/hangup", "POST /desk/hold", "POST /desk/machine", "POST /desk/status", "POST /desk/transfer", "POST /desk/wrap-up",
		"POST /queues/{id}/close", "POST /queues/{id}/open", "POST /reload", "POST /session", "POST /sip-ticket", "POST /trunks/{name}/test",
		"PUT /desk/calls/{id}"}
	if !slices.Equal(doors, want) {
		t.Errorf("doors %v\nwant  %v", doors, want)
	}
	h.somebody().want(401, "GET", "/api/v1/unheard-of", nil)
	h.signedIn("anna").want(404, "GET", "/api/v1/unheard-of", nil)
}

func TestMetricsAreWellFormedAndNotForEverybody(t *testing.T) {
	h := newHouse(t)
	p := h.signedIn("anna")
	contains(t, p.want(200, "GET", "/metrics", nil), "web_requests_total", "store_commit_seconds_bucket", `web_sign_ins_total{result="ok"} 1`)
	families, err := h.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
	closed := newHouse(t, func(o *Options, _ *Deps) { o.MetricsFrom = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	contains(t, closed.somebody().want(403, "GET", "/metrics", nil), "web.metricsFrom")
}

func TestHealth(t *testing.T) {
	var draining, spooling error
	h := newHouse(t, func(_ *Options, d *Deps) {
		d.Ready, d.Degraded = func() error { return draining }, func() error { return spooling }
	})
	p := h.somebody()
	contains(t, p.want(200, "GET", "/healthz", nil), "ok")
	contains(t, p.want(200, "GET", "/readyz", nil), "ready")
	spooling = errors.New("disk is full")
	contains(t, p.want(200, "GET", "/readyz", nil), "ready, degraded: disk is full")
	elsewhere := newHouse(t, func(o *Options, d *Deps) {
		o.MetricsFrom = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		d.Degraded = func() error { return spooling }
	})
	if text := elsewhere.somebody().want(200, "GET", "/readyz", nil); text != "ready, degraded\n" {
		t.Errorf("a stranger is told %q", text)
	}
	draining = errors.New("draining")
	contains(t, p.want(503, "GET", "/readyz", nil), "draining")
	contains(t, p.want(200, "GET", "/healthz", nil), "ok")
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := newHouse(t)
	p := h.somebody()
	for _, path := range []string{"/", "/api/v1/session", "/nowhere"} {
		resp, _ := p.send(p.request("GET", path, nil))
		policy := resp.Header.Get("Content-Security-Policy")
		contains(t, policy, "default-src 'self'", "script-src 'self' 'sha256-", "object-src 'none'", "frame-ancestors 'none'",
			"connect-src 'self' ws://"+h.server.Addr().String()+";", "media-src 'self' blob:")
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Referrer-Policy") != "no-referrer" ||
			resp.Header.Get("Server") != "" {
			t.Errorf("%s: %v", path, resp.Header)
		}
	}
}

// TestPolicyAllowsTheScriptsOfTheIndexAlone: by their hashes, and no others.
func TestPolicyAllowsTheScriptsOfTheIndexAlone(t *testing.T) {
	files := fstest.MapFS{"index.html": {Data: []byte(`<script>let a</script><script src="/x.js"></script><script>let b</script>`)}}
	want := " 'sha256-IfEXP/8HLuXoAiy0hZVrCAcjcLsZqYFpLOHDGj8enqE=' 'sha256-gZ7YtBHYJlXDIlfAddq5Sw/QYJv5E8tJmDWivVTn/60='"
	if got := inline(files); got != want {
		t.Errorf("got %s", got)
	}
	if got := inline(fstest.MapFS{}); got != "" {
		t.Errorf("without pages: %s", got)
	}
}

func TestPages(t *testing.T) {
	f := func(files fstest.MapFS, method, path string, status int, kind, life, part string) {
		t.Helper()
		w := httptest.NewRecorder()
		pages(files).ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Code != status || w.Header().Get("Content-Type") != kind || w.Header().Get("Cache-Control") != life ||
			!strings.Contains(w.Body.String(), part) {
			t.Errorf("%s %s: %d %v %s", method, path, w.Code, w.Header(), w.Body)
		}
	}
	built := fstest.MapFS{"index.html": {Data: []byte("<html>")}, "assets/a-1f.js": {Data: []byte("let a")}, "favicon.svg": {Data: []byte("<svg/>")}}
	html, text, js := "text/html; charset=utf-8", "application/problem+json", "text/javascript; charset=utf-8"
	for _, view := range []string{"/", "/desk", "/wallboard", "/wallboard/"} {
		f(built, "GET", view, 200, html, "no-cache", "<html>")
	}
	f(built, "GET", "/assets/a-1f.js", 200, js, "public, max-age=31536000, immutable", "let a")
	f(built, "GET", "/favicon.svg", 200, "image/svg+xml", "no-cache", "<svg/>")
	f(built, "GET", "/assets/gone.js", 404, text, "", "no such page")
	f(built, "GET", "/../../etc/passwd", 404, text, "", "no such page")
	f(built, "GET", "/assets", 404, text, "", "no such page")
	f(built, "POST", "/", 405, text, "", "only read")
	f(fstest.MapFS{"placeholder.txt": {}}, "GET", "/", 503, text, "", "make ui")
}

// trusting trusts a server's own certificate and nothing else.
func trusting(s *Server) *tls.Config {
	roots := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(s.cert.get().Certificate[0])
	if err != nil {
		panic(err)
	}
	roots.AddCert(leaf)
	return &tls.Config{RootCAs: roots}
}

func TestCertificateOfOurOwn(t *testing.T) {
	folder := t.TempDir()
	secure := func(o *Options, d *Deps) { o.TLS.Mode, d.DataFolder = TLSSelfSigned, folder }
	h := newHouse(t, secure)
	anna := h.signedIn("anna")
	ticket := anna.ticket("p")
	if !strings.HasPrefix(ticket.URL, "wss://") {
		t.Errorf("ticket %s", ticket.URL)
	}
	resp, _ := anna.send(anna.request("POST", "/api/v1/session", map[string]string{"name": "anna", "password": password}))
	if c := resp.Cookies(); len(c) != 1 || c[0].Name != "__Host-tandem" || !c[0].Secure {
		t.Errorf("cookie: %v", resp.Header["Set-Cookie"])
	}
	if resp.Header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS would forbid to accept our own certificate")
	}
	if len(h.server.Fingerprint()) != 32*3-1 {
		t.Errorf("fingerprint %s", h.server.Fingerprint())
	}
	again := newHouse(t, secure)
	if again.server.Fingerprint() != h.server.Fingerprint() {
		t.Error("a restart changes the certificate")
	}
	other := newHouse(t, secure, func(o *Options, _ *Deps) { o.PublicNames = append(o.PublicNames, "192.0.2.7") })
	if other.server.Fingerprint() == h.server.Fingerprint() {
		t.Error("a new name needs a new certificate")
	}
	if info, err := os.Stat(filepath.Join(folder, "tls", "key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v, %v", info, err)
	}
}

func TestCertificateFilesAreReadAnew(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	made := func(folder string) *Server {
		s, err := New(Options{Address: "127.0.0.1:0", TLS: TLS{Mode: TLSSelfSigned}}, newHouse(t).server.deps.in(folder))
		if err != nil {
			t.Fatal(err)
		}
		s.listener.Close()
		return s
	}
	first, second := made(one).Fingerprint(), made(two).Fingerprint()
	files := Options{TLS: TLS{Mode: TLSFiles, CertFile: filepath.Join(one, "tls", "cert.pem"), KeyFile: filepath.Join(one, "tls", "key.pem")}}
	h := newHouse(t, func(o *Options, _ *Deps) { o.TLS = files.TLS })
	if h.server.Fingerprint() != first {
		t.Fatalf("another certificate than the files'")
	}
	if err := os.WriteFile(files.TLS.CertFile, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.past.Add(int64(reloadGap))
	h.server.cert.get()
	if h.server.Fingerprint() != first {
		t.Error("a broken file replaced the certificate")
	}
	contains(t, h.log.String(), "certificate not reloaded")
	for _, name := range []string{"cert.pem", "key.pem"} {
		body, err := os.ReadFile(filepath.Join(two, "tls", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(one, "tls", name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.server.cert.get()
	if h.server.Fingerprint() != first {
		t.Error("files are looked at on every handshake")
	}
	h.past.Add(int64(reloadGap))
	h.server.cert.get()
	if h.server.Fingerprint() != second {
		t.Error("the new certificate is not in use")
	}
}

// in is the same with another data folder and without metrics, which belong to
// one server.
func (d Deps) in(folder string) Deps {
	d.DataFolder, d.Registerer = folder, nil
	return d
}

func TestOptionsAreChecked(t *testing.T) {
	f := func(o Options, want ...string) {
		t.Helper()
		var got []string
		o.Check(func(path, problem string) {
			got = append(got, path)
			if problem == "" {
				t.Errorf("%s: no remedy", path)
			}
		})
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v", o, got, want)
		}
	}
	f(Options{})
	f(Options{Address: "0.0.0.0:8443"}) // makes its own certificate
	f(Options{Address: "[::1]:8080", PublicNames: []string{"desk.example", "192.0.2.1", "2001:db8::1"}})
	f(Options{Address: "0.0.0.0:8443", TLS: TLS{Mode: TLSOff}}, "tls.mode")
	f(Options{Address: "localhost:8080", TLS: TLS{Mode: "on"}}, "tls.mode")
	f(Options{Address: "8080"}, "address")
	f(Options{Address: "desk.example:8080"}, "address")
	f(Options{Address: "127.0.0.1:http-or-so"}, "address")
	f(Options{PublicNames: []string{"https://desk.example", ""}}, "publicNames[0]", "publicNames[1]")
	f(Options{TLS: TLS{Mode: TLSFiles}}, "tls.certFile", "tls.keyFile")
	f(Options{TLS: TLS{CertFile: "a"}}, "tls.mode")
	f(Options{SessionLife: time.Second}, "sessionLife")
	if !(Options{}).Loopback() || (Options{Address: ":8080"}).Loopback() || (Options{}).Secure() || !(Options{Address: ":8080"}).Secure() {
		t.Error("what is on loopback needs no TLS, what is not does")
	}
}

func TestListenerCapsConnections(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limited(plain, 10, 2)
	defer l.Close()
	accepted := make(chan net.Conn, 8)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	dial()
	dial()
	first := <-accepted
	<-accepted
	third := dial()
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Error("a third connection from one address is served")
	}
	first.Close()
	first.Close() // gives its place free once only
	dial()
	<-accepted
	fifth := dial()
	if _, err := fifth.Read(make([]byte, 1)); err == nil {
		t.Error("closing twice gave two places")
	}
}

func TestHalfARequestIsCutOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, err := net.Dial("tcp", h.server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(2 * headerTime)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for buf := make([]byte, 512); ; {
		if _, err = c.Read(buf); err != nil {
			break
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("half a request is held for %v", time.Since(began))
	}
}

func TestPanicAnswersAndGoesOn(t *testing.T) {
	h := newHouse(t)
	w := httptest.NewRecorder()
	h.server.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })).
		ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	contains(t, h.log.String(), "boom")
}
