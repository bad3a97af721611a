// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/template"
	"time"

	"tandem/dialtest"
)

// startLimit is how long a server may take to be ready, stopLimit to be gone.
const (
	startLimit = 20 * time.Second
	stopLimit  = 20 * time.Second
	pollEvery  = 50 * time.Millisecond
)

// theBinary is the path of the tandem under test.
var theBinary string

func TestMain(m *testing.M) {
	if order := os.Getenv(phoneEnvironment); order != "" {
		if err := bePhone(order); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code, err := prepare(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// prepare finds or builds what every story needs.
func prepare(m *testing.M) (int, error) {
	var missing []string
	for _, tool := range []string{"sipp", "baresip", "node", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	if len(missing) > 0 {
		return 1, fmt.Errorf("missing: %s; `make test` as root installs them", strings.Join(missing, ", "))
	}
	if _, err := os.Stat(filepath.Join(root(), "web", "ui", "node_modules", "playwright-core")); err != nil {
		return 1, errors.New("web/ui/node_modules is missing: run `make e2e`, or npm ci in web/ui")
	}
	if theBinary = os.Getenv("TANDEM_BIN"); theBinary != "" {
		return m.Run(), nil
	}
	folder, err := os.MkdirTemp("", "tandem-e2e-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(folder)
	theBinary = filepath.Join(folder, "tandem")
	build := exec.Command("go", "build", "-o", theBinary, "tandem/cmd/tandem")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build tandem: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// root is the checkout.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(file))
}

// setting is what a story changes in the server's configuration; it is the
// data of testdata/story.yaml.
type setting struct {
	SIP, Web, Softphone string   // addresses
	SIP6                string   // of IPv6; "" for none
	Hosts               []string // of media
	FirstRTP, LastRTP   int
	Data, Flows         string
	TrunkCalls          int // default 1000
	TrunkRate           int // default 200
	RingTime            string
	WrapUp              string
	ResumeGrace         string
	DrainLimit          string
	TLS, Demo           bool
	NoJournal           bool // every call ends with the server
	Rehearsal           bool
	Agents              []agentSetting
}

// agentSetting is one agent of a story.
type agentSetting struct {
	ID, Name, Role, Device, URI, Status string
	Priority                            int
}

// A server is one tandem of a story.
type server struct {
	t        *testing.T
	setting  setting
	config   string
	in       []string // a command before ours, such as `ip netns exec NAME`
	secrets  map[string]string
	cmd      *exec.Cmd
	ended    chan struct{}
	exit     error
	log      *logWriter
	phones   *dialtest.Phones
	security string // "http" or "https"
}

// newServer picks free ports and opens simulated phones; start it after the
// setting is complete.
func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, security: "http", secrets: make(map[string]string)}
	folder := t.TempDir()
	first := freeRTP(t)
	s.setting = setting{
		Hosts: []string{"127.0.0.1", "::1"},
		SIP:   fmt.Sprintf("127.0.0.1:%d", freePort(t)), Web: fmt.Sprintf("127.0.0.1:%d", freeTCP(t)),
		Softphone: fmt.Sprintf("127.0.0.1:%d", freePort(t)), FirstRTP: first, LastRTP: first + rtpPorts - 1,
		Data: filepath.Join(folder, "data"), Flows: flowsFolder(t),
		TrunkCalls: 1000, TrunkRate: 200, RingTime: "6s", WrapUp: "2s", ResumeGrace: "15s", DrainLimit: "30s",
	}
	s.setting.SIP6 = "[::1]" + s.setting.SIP[strings.LastIndexByte(s.setting.SIP, ':'):]
	s.config = filepath.Join(folder, "tandem.yaml")
	s.phones = openPhones(t, s.setting.SIP)
	return s
}

// flowsFolder is a folder with the shipped flows and those of the stories.
func flowsFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, from := range []string{filepath.Join(root(), "configs", "flows"), filepath.Join("testdata", "flows")} {
		must(t, os.CopyFS(folder, os.DirFS(from)))
	}
	return folder
}

// openPhones opens simulated phones that talk to a SIP address.
func openPhones(t *testing.T, sip string) *dialtest.Phones {
	t.Helper()
	phones, err := dialtest.Open(dialtest.Options{Server: sip})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phones.Close)
	return phones
}

// listenAt moves every listener of the server to an address of its own.
func (s *server) listenAt(host string) {
	move := func(address string) string {
		return net.JoinHostPort(host, address[strings.LastIndexByte(address, ':')+1:])
	}
	s.setting.Hosts, s.setting.SIP6 = []string{host}, ""
	s.setting.SIP, s.setting.Web, s.setting.Softphone = move(s.setting.SIP), move(s.setting.Web), move(s.setting.Softphone)
}

// agent adds an agent with a page.
func (s *server) agent(id string) *server {
	s.setting.Agents = append(s.setting.Agents, agentSetting{ID: id, Role: "agent", Device: "browser"})
	return s
}

// supervisor adds somebody who watches.
func (s *server) supervisor(id string) *server {
	s.setting.Agents = append(s.setting.Agents, agentSetting{ID: id, Role: "supervisor", Device: "browser"})
	return s
}

// phoneAgent adds an agent on a registered SIP phone.
func (s *server) phoneAgent(id string) *server {
	s.setting.Agents = append(s.setting.Agents, agentSetting{ID: id, Role: "agent", Device: "phone"})
	return s
}

// uriAgent adds an agent at a fixed URI, available from the start, and returns
// the calls that ring there.
func (s *server) uriAgent(id string, a dialtest.Agent) <-chan *dialtest.Call {
	s.setting.Agents = append(s.setting.Agents, agentSetting{
		ID: id, Role: "agent", Device: "uri", URI: fmt.Sprintf("sip:%s@%s", id, s.phones.Address()), Status: "available",
	})
	return s.phones.Answer(id, a)
}

// writeConfig fills in testdata/story.yaml.
func (s *server) writeConfig() {
	s.t.Helper()
	page, err := template.ParseFiles(filepath.Join("testdata", "story.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	var text bytes.Buffer
	if err := page.Execute(&text, s.setting); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.config, text.Bytes(), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// start writes the configuration, gives everybody a password and starts the
// server; it returns when the server is ready.
func (s *server) start() *server {
	s.t.Helper()
	s.prepare()
	s.boot("serve")
	return s
}

// prepare writes and checks the configuration, gives everybody a password, and
// sees to it that the server is gone in the end.
func (s *server) prepare() {
	s.t.Helper()
	s.writeConfig()
	s.tandem("check", "-config", s.config)
	for _, a := range s.setting.Agents {
		s.giveSecrets(a)
	}
	s.t.Cleanup(func() {
		if s.running() {
			s.kill()
		}
		if s.t.Failed() {
			s.t.Logf("log of the server:\n%s", tail(s.log.String(), 200))
		}
	})
}

// giveSecrets makes an agent's password and, for a phone, its secret.
func (s *server) giveSecrets(a agentSetting) {
	s.t.Helper()
	if a.Device == "uri" {
		return
	}
	s.secrets[a.ID] = lastWord(s.tandem("agent", "password", a.ID, "-config", s.config))
	if a.Device == "phone" {
		s.secrets[a.ID+" phone"] = lastWord(s.tandem("agent", "phone", a.ID, "-config", s.config))
	}
}

func lastWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// boot starts the process and waits until it is ready.
func (s *server) boot(verb ...string) {
	s.t.Helper()
	args := append(append([]string{}, s.in...), theBinary)
	args = append(append(args, verb...), "-config", s.config)
	s.cmd = exec.Command(args[0], args[1:]...)
	if s.log == nil {
		s.log = &logWriter{t: s.t, name: "tandem", quiet: true}
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.ended = make(chan struct{})
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("start tandem: %v", err)
	}
	go func(ended chan struct{}, cmd *exec.Cmd) { s.exit = cmd.Wait(); close(ended) }(s.ended, s.cmd)
	s.eventually("the server is ready", startLimit, func() bool {
		if !s.running() {
			s.t.Fatalf("tandem ended at once: %v\n%s", s.exit, tail(s.log.String(), 100))
		}
		return s.status("/readyz") == http.StatusOK
	})
}

// status asks a page of the server without signing in; 0 if it does not answer.
func (s *server) status(path string) int {
	req, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url(path), nil)
	if err != nil {
		return 0
	}
	res, err := anyCertificate().Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

// get returns the body of a page of the server.
func (s *server) get(path string) string {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url(path), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := anyCertificate().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: status %d, %v", path, res.StatusCode, err)
	}
	return string(body)
}

func (s *server) url(path string) string { return s.security + "://" + s.setting.Web + path }

func (s *server) running() bool {
	if s.ended == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// kill ends the server as a power cut would.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// terminate asks the server to drain.
func (s *server) terminate() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
}

// tandem runs another verb of the binary and returns what it printed.
func (s *server) tandem(args ...string) string {
	s.t.Helper()
	out, err := exec.CommandContext(within(s.t, startLimit), theBinary, args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tandem %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// as signs somebody in at the API and follows the live stream.
func (s *server) as(id string) *person {
	s.t.Helper()
	return signIn(s.t, s.security+"://"+s.setting.Web, id, s.secrets[id]).follow()
}

// call places a call from a simulated phone.
func (s *server) call(number, from string) *dialtest.Call {
	s.t.Helper()
	c, err := s.phones.Call(number, dialtest.Caller{Number: from})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// answered places a call and waits until the server has answered it.
func (s *server) answered(number, from string) *dialtest.Call {
	s.t.Helper()
	c := s.call(number, from)
	if err := c.WaitAnswered(within(s.t, 10*time.Second)); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// eventually polls for what has no event to wait for.
func (s *server) eventually(what string, limit time.Duration, ok func() bool) {
	s.t.Helper()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	end := time.After(limit)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			s.t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// pass lets time go by that the story is about: "30 s after the answer".
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// next takes the next call that rings at a phone.
func next(t *testing.T, calls <-chan *dialtest.Call, limit time.Duration) *dialtest.Call {
	t.Helper()
	select {
	case c := <-calls:
		return c
	case <-time.After(limit):
		t.Fatalf("nothing rings within %s", limit)
		return nil
	}
}

// must fails the story on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Ports of media below the range that the kernel hands out by itself: each
// server gets rtpPorts of them, enough for 200 legs; SIPp and baresip have their
// own ranges below.
const (
	rtpPorts = 400
	firstRTP = 20000
	lastRTP  = 31999
)

var rtpBase struct {
	sync.Mutex
	next int
}

// freeRTP picks a range of RTP ports that no other story of this run has.
func freeRTP(t *testing.T) int {
	t.Helper()
	rtpBase.Lock()
	defer rtpBase.Unlock()
	if rtpBase.next == 0 {
		rtpBase.next = firstRTP
	}
	first := rtpBase.next
	rtpBase.next += rtpPorts
	if rtpBase.next+rtpPorts > lastRTP {
		rtpBase.next = 0
	}
	return first
}

// freeTCP finds a TCP port that is free now.
func freeTCP(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// freePort finds a port that is free for UDP and TCP now.
func freePort(t *testing.T) int {
	t.Helper()
	for range 50 {
		port := freeTCP(t)
		if c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}); err == nil {
			_ = c.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// logLimit bounds what is kept of one program's output.
const logLimit = 8 << 20

// logWriter keeps a program's output; quiet: shown only when the story fails.
type logWriter struct {
	t     *testing.T
	name  string
	quiet bool

	mu   sync.Mutex // guards kept
	kept bytes.Buffer
}

func (w *logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.kept.Len() < logLimit {
		w.kept.Write(p)
	}
	if !w.quiet {
		w.t.Logf("%s: %s", w.name, bytes.TrimSpace(p))
	}
	return len(p), nil
}

func (w *logWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept.String()
}

// count says how often the log holds all the words in one line.
func (w *logWriter) count(words ...string) int {
	n := 0
lines:
	for line := range strings.Lines(w.String()) {
		for _, word := range words {
			if !strings.Contains(line, word) {
				continue lines
			}
		}
		n++
	}
	return n
}

// anyCertificate is a client that takes the self-made certificate.
func anyCertificate() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // self-made, of this very story
		DisableKeepAlives: true,
	}}
}
