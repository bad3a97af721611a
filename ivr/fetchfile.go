// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/strictyaml"
)

// fetchFile asks another system for data over HTTP. The call goes on when the
// answer is there or timeout has passed; who hangs up ends the request. A host
// that fails again and again is left alone for a while.
type fetchFile struct {
	// URL is http:// or https://; {variables} in it are escaped, and may not
	// stand in the name of the host.
	URL string `yaml:"url,required"`
	// Method is GET (default), POST (default with json), PUT, PATCH or DELETE.
	Method string `yaml:"method" oneof:"GET POST PUT PATCH DELETE"`
	// Headers are sent along, by name; a plain text is the value.
	Headers map[string]headerFile `yaml:"headers"`
	// JSON is the body: an object with the values of expressions, by name.
	JSON map[string]exprFile `yaml:"json"`
	// Connect is how long a connection may take; default 2s.
	Connect time.Duration `yaml:"connect"`
	// Timeout is how long all of it may take, further tries included; default 5s.
	Timeout time.Duration `yaml:"timeout"`
	// Retries is how often it is tried again when the host cannot be reached or
	// answers 5xx; at most 3. Default 1, and none for POST and PATCH, which might
	// be done twice.
	Retries int `yaml:"retries"`
	// MaxBody is the largest answer in bytes; default 65536, at most 1048576.
	MaxBody int `yaml:"maxBody"`
	// Filler is heard over and over meanwhile; default silence.
	Filler []partFile `yaml:"filler,orOne"`
	// Into fills variables from the JSON answer; a plain text is a path to a text.
	Into map[string]fieldFile `yaml:"into"`
	// Status names a variable for the status of the answer; 0 if there was none.
	Status string `yaml:"status"`
	// Next is where an answer of 200 to 299 leads that has all that into wants.
	Next NodeID `yaml:"next,required"`
	// Endings say where the flow goes on when it failed in a certain way.
	Endings fetchEndings `yaml:"endings"`
	// Error is where it goes on when it failed in any other way; default: onError.
	Error NodeID `yaml:"error"`
}

type headerFile struct {
	// Value is sent.
	Value string `yaml:"value"`
	// Secret names one of dips.secrets of the configuration, which is sent behind
	// value.
	Secret string `yaml:"secret"`
}

func (h *headerFile) UnmarshalText(text []byte) error {
	h.Value = string(text)
	return nil
}

type fieldFile struct {
	// Path leads to the value: orders[0].total.
	Path string `yaml:"path,required"`
	// Kind is text (default), number (a whole one), decimal or flag (true or
	// false).
	Kind string `yaml:"kind" oneof:"text number decimal flag"`
	// Default is the value where the answer has none; else the answer is invalid.
	Default *string `yaml:"default"`
}

func (f *fieldFile) UnmarshalText(text []byte) error {
	f.Path = string(text)
	return nil
}

type fetchEndings struct {
	// NotFound: 404 or 410.
	NotFound NodeID `yaml:"notFound"`
	// Refused: another answer below 500 that is no success.
	Refused NodeID `yaml:"refused"`
	// TimedOut: no answer within timeout.
	TimedOut NodeID `yaml:"timedOut"`
	// Unavailable: no connection, 5xx, or the host is left alone after failures.
	Unavailable NodeID `yaml:"unavailable"`
	// TooLarge: more than maxBody.
	TooLarge NodeID `yaml:"tooLarge"`
	// Invalid: no JSON, or not what into wants.
	Invalid NodeID `yaml:"invalid"`
	// NotAllowed: the host has a private address and is not in dips.allowPrivate
	// of the configuration.
	NotAllowed NodeID `yaml:"notAllowed"`
}

// Limits of a fetch.
const (
	maxURL         = 1000 // bytes, as written
	maxHeaders     = 20
	maxInto        = 50
	maxFetch       = time.Minute
	maxRetries     = 3
	maxAnswer      = 1 << 20 // bytes
	defaultAnswer  = 64 << 10
	defaultConnect = 2 * time.Second
	defaultFetch   = 5 * time.Second
)

var (
	methods    = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	fieldZeros = map[string]any{"": "", "text": "", "number": 0, "decimal": 0.0, "flag": false}
)

func (r *reader) fetch(path string, f *fetchFile) *fetch {
	n := &fetch{written: f.URL, status: f.Status, url: r.url(path+".url", f.URL), fail: r.failing(path, f.Error)}
	w := &n.want
	w.Method = cmp.Or(f.Method, "GET")
	if f.Method == "" && len(f.JSON) > 0 {
		w.Method = "POST"
	}
	if !slices.Contains(methods, w.Method) {
		r.report(path+".method", "%q is no method; %s", w.Method, strictyaml.Known(w.Method, methods))
	}
	if w.Method == "GET" && len(f.JSON) > 0 {
		r.report(path+".json", "cannot be sent with GET; write method: POST")
	}
	w.Timeout = r.span(path+".timeout", f.Timeout, defaultFetch, maxFetch)
	w.Connect = min(w.Timeout, r.span(path+".connect", f.Connect, defaultConnect, maxFetch))
	again := 1
	if w.Method == "POST" || w.Method == "PATCH" { // not idempotent (RFC 9110, section 9.2.2)
		again = 0
		if f.Retries > 0 {
			r.report(path+".retries", "might do twice what %s does; remove it, or use PUT", w.Method)
		}
	}
	w.Retries = r.whole(path+".retries", f.Retries, again, 0, maxRetries)
	w.MaxBody = r.whole(path+".maxBody", f.MaxBody, defaultAnswer, 1, maxAnswer)
	w.Headers = r.headers(path+".headers", f.Headers)
	n.json, n.secret = r.json(path+".json", f.JSON)
	n.filler = r.prompt(path+".filler", f.Filler)
	n.filler.loop = true
	n.into = r.fields(path+".into", f.Into)
	if f.Next != "" {
		n.next = r.to(path+".next", f.Next)
	}
	e := f.Endings
	for _, b := range []struct {
		word  string
		given NodeID
	}{
		{fetchNotFound, e.NotFound}, {fetchRefused, e.Refused}, {FetchTimedOut, e.TimedOut}, {FetchUnavailable, e.Unavailable},
		{FetchTooLarge, e.TooLarge}, {fetchInvalid, e.Invalid}, {FetchNotAllowed, e.NotAllowed},
	} {
		if b.given != "" {
			n.endings = append(n.endings, ending{b.word, r.to(path+".endings."+b.word, b.given)})
		}
	}
	return n
}

// url reads a URL with its {variables}.
func (r *reader) url(at, text string) template {
	parts, err := targetSegments(text)
	if err != nil {
		r.report(at, "%v", err)
		return nil
	}
	scheme, rest, _ := strings.Cut(text, "://")
	host, _, _ := strings.Cut(rest, "/")
	if text != "" && (scheme != "http" && scheme != "https" || host == "" || strings.ContainsAny(host, "{}@ ?#") || strings.ContainsAny(text, " \t\r\n") || len(text) > maxURL) {
		r.report(at, "%q is no address; write one like https://crm.example/customers/{caller}, without a variable or a password in the host", text)
	}
	for _, s := range parts {
		if s.variable != "" {
			r.open(at, s.variable)
		}
	}
	return parts
}

func (r *reader) headers(at string, given map[string]headerFile) []Header {
	if len(given) > maxHeaders {
		r.report(at, "holds more than %d headers; make it shorter", maxHeaders)
	}
	var out []Header
	for _, name := range sortedKeys(given) {
		h := given[name]
		if !isName(name) || strings.ContainsAny(h.Value, "\r\n") || h.Value == "" && h.Secret == "" {
			r.report(at+"."+name, "is no header; write a name of letters, digits and -, and a value or a secret")
		}
		if h.Secret != "" {
			r.flow.secrets = append(r.flow.secrets, SecretUse{Name: h.Secret, Path: at + "." + name + ".secret"})
		}
		out = append(out, Header{Name: name, Value: h.Value, Secret: h.Secret})
	}
	return out
}

// json reads the values of a body; secret says that one of them is.
func (r *reader) json(at string, given map[string]exprFile) (values []assignment, secret bool) {
	if len(given) > maxInto {
		r.report(at, "holds more than %d values; make it shorter", maxInto)
	}
	for _, name := range sortedKeys(given) {
		e := r.expression(at+"."+name, given[name])
		secret = secret || e.secret
		values = append(values, assignment{name, e})
	}
	return values, secret
}

func (r *reader) fields(at string, given map[string]fieldFile) []fetched {
	if len(given) > maxInto {
		r.report(at, "holds more than %d variables; make it shorter", maxInto)
	}
	var out []fetched
	for _, name := range sortedKeys(given) {
		f := given[name]
		zero, known := fieldZeros[f.Kind]
		if !known {
			r.report(at+"."+name+".kind", "%q is no kind of value; write text, number, decimal or flag", f.Kind)
			continue
		}
		path, err := readPath(f.Path)
		if err != nil && f.Path != "" {
			r.report(at+"."+name+".path", "%v", err)
		}
		made := fetched{name: name, path: path, zero: zero}
		if f.Default != nil {
			var ok bool
			if made.value, ok = parsed(*f.Default, zero); !ok {
				r.report(at+"."+name+".default", "%q is no %s", *f.Default, f.Kind)
			}
		}
		out = append(out, made)
	}
	return out
}

// parsed reads a value of the kind of zero from a text.
func parsed(text string, zero any) (value any, ok bool) {
	var err error
	switch zero.(type) {
	case int:
		value, err = strconv.Atoi(text)
	case float64:
		value, err = strconv.ParseFloat(text, 64)
	case bool:
		value, err = strconv.ParseBool(text)
	default:
		value = text
	}
	return value, err == nil
}

// A SecretUse is a place where a flow sends a secret of the configuration.
type SecretUse struct{ Name, Path string }

// Secrets are the places where f sends secrets.
func (f *Flow) Secrets() []SecretUse { return f.secrets }
