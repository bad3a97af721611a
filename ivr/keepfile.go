// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"cmp"
	"time"
)

// surveyFile asks one question; the answer is kept with the call's record. It
// may stand behind answered of a queue node, when the agent has said goodbye.
type surveyFile struct {
	// Question names it in the record, like satisfaction.
	Question string `yaml:"question,required"`
	// Prompt asks, and says the scale; see play.
	Prompt []partFile `yaml:"prompt,orOne,required"`
	// Least is the lowest key of the scale; default 1.
	Least *int `yaml:"least"`
	// Most is the highest; default 5.
	Most *int `yaml:"most"`
	// Into names a variable for the answer; default none.
	Into string `yaml:"into"`
	// BargeIn lets a key end the prompt; default true.
	BargeIn *bool `yaml:"bargeIn"`
	// Timeout is how long the key may take after the prompt; default 5s.
	Timeout time.Duration `yaml:"timeout"`
	// NoInput is for callers who press nothing.
	NoInput missFile `yaml:"noInput"`
	// NoMatch is for callers who press a key beside the scale.
	NoMatch missFile `yaml:"noMatch"`
	// Next is where an answer leads.
	Next NodeID `yaml:"next,required"`
}

func (r *reader) survey(path string, f *surveyFile) *survey {
	p := r.prompt(path+".prompt", f.Prompt)
	p.barge = f.BargeIn == nil || *f.BargeIn
	n := &survey{question: r.question(path, p, nil, f.NoInput, f.NoMatch), name: f.Question, into: f.Into}
	n.timeout = r.span(path+".timeout", f.Timeout, defaultTimeout, maxWait)
	n.interDigit = defaultInterDigit
	least, most := 1, 5
	if f.Least != nil {
		least = r.whole(path+".least", *f.Least, 1, 0, 9)
	}
	if f.Most != nil {
		most = r.whole(path+".most", *f.Most, 5, 0, 9)
	}
	if least >= most {
		r.report(path+".most", "%d is not above least, %d", most, least)
	}
	n.least, n.most = byte('0'+least), byte('0'+most)
	if f.Question != "" && !isName(f.Question) {
		r.report(path+".question", "%q is no name for a question; write letters, digits, - and _", f.Question)
	}
	if f.Next != "" {
		n.next = r.to(path+".next", f.Next)
	}
	return n
}

// recordFile keeps what the caller says as a sound file of the call.
type recordFile struct {
	// Prompt is heard before the tone; see play. Default none.
	Prompt []partFile `yaml:"prompt,orOne"`
	// BargeIn lets a key end the prompt; default true.
	BargeIn *bool `yaml:"bargeIn"`
	// Beep is the tone after which the caller may speak; default true.
	Beep *bool `yaml:"beep"`
	// Max is the largest length; default 2m, at most 1h.
	Max time.Duration `yaml:"max"`
	// Min is the least length; what is shorter leads to short. Default 1s.
	Min time.Duration `yaml:"min"`
	// Silence ends the recording; default 5s, at most 1m.
	Silence time.Duration `yaml:"silence"`
	// Key ends it too: one key, or any (default).
	Key string `yaml:"key"`
	// Into names a variable for the recording's name.
	Into string `yaml:"into"`
	// Length names a variable for its seconds.
	Length string `yaml:"length"`
	// Next is where it goes on.
	Next NodeID `yaml:"next,required"`
	// Short is where it goes on when less than min was said; default next.
	Short NodeID `yaml:"short"`
	// Error is where it goes on when nothing could be kept; default: onError.
	Error NodeID `yaml:"error"`
}

// Limits of recordings.
const (
	maxRecord      = time.Hour
	maxQuiet       = time.Minute
	defaultRecord  = 2 * time.Minute
	defaultQuiet   = 5 * time.Second
	defaultMinimum = time.Second
)

func (r *reader) record(n *node, path string, f *recordFile) *record {
	s := &record{prompt: r.prompt(path+".prompt", f.Prompt), into: f.Into, length: f.Length, fail: r.failing(path, f.Error)}
	s.prompt.barge = f.BargeIn == nil || *f.BargeIn
	s.want = Record{
		MaxLength: r.span(path+".max", f.Max, defaultRecord, maxRecord),
		Silence:   r.span(path+".silence", f.Silence, defaultQuiet, maxQuiet),
		Beep:      f.Beep == nil || *f.Beep, Label: string(n.id),
	}
	s.min = r.span(path+".min", f.Min, defaultMinimum, s.want.MaxLength)
	if f.Key != "" && f.Key != "any" {
		s.stopKey = r.key(path+".key", f.Key, 0)
	}
	if f.Next != "" {
		s.next = r.to(path+".next", f.Next)
	}
	if f.Short != "" {
		s.short = r.to(path+".short", f.Short)
	}
	return s
}

// webhookFile tells another system something, such as a ticket to be made. It is
// kept on disk and told again until that has taken it (200 to 299), at least once
// and always under the same ID, the header Idempotency-Key.
type webhookFile struct {
	// URL is http:// or https://; {variables} in it are escaped, and may not
	// stand in the name of the host.
	URL string `yaml:"url,required"`
	// Headers are sent along, by name; a plain text is the value.
	Headers map[string]headerFile `yaml:"headers"`
	// JSON is the body: an object with the values of expressions, by name. What is
	// kept on disk may be no secret.
	JSON map[string]exprFile `yaml:"json"`
	// Into names a variable for the ID.
	Into string `yaml:"into"`
	// Next is where it goes on, at once.
	Next NodeID `yaml:"next,required"`
	// Error is where it goes on when json cannot be computed; default: onError.
	Error NodeID `yaml:"error"`
}

func (r *reader) webhook(path string, f *webhookFile) *webhook {
	n := &webhook{
		url: r.url(path+".url", f.URL), written: f.URL, into: f.Into,
		headers: r.headers(path+".headers", f.Headers), fail: r.failing(path, f.Error),
	}
	var secret bool
	if n.json, secret = r.json(path+".json", f.JSON); secret {
		r.report(path+".json", "holds a secret, which may not be kept; leave it out, or use fetch")
	}
	if f.Next != "" {
		n.next = r.to(path+".next", f.Next)
	}
	return n
}

func (r *reader) declareKept(at string, f nodeFile) {
	for _, v := range []struct {
		given     bool
		key, name string
		zero      any
	}{
		{f.Survey != nil, "survey.into", cmp.Or(f.Survey, &surveyFile{}).Into, 0},
		{f.Record != nil, "record.into", cmp.Or(f.Record, &recordFile{}).Into, ""},
		{f.Record != nil, "record.length", cmp.Or(f.Record, &recordFile{}).Length, 0},
		{f.Webhook != nil, "webhook.into", cmp.Or(f.Webhook, &webhookFile{}).Into, ""},
	} {
		if v.given && v.name != "" {
			r.variable(at+"."+v.key, v.name, v.zero, false)
		}
	}
}
