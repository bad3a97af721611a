// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// This file is session timers (RFC 4028): a call whose far end has died without
// a word ends, whatever its media do.

const (
	// byeBefore is how long before its expiry a session that nobody refreshed is
	// ended, at most (section 10).
	byeBefore = 32 * time.Second
	// maxMinSE is the longest interval that a far end may make us take.
	maxMinSE = 24 * time.Hour
)

// sessionTimer is what both ends agreed on.
type sessionTimer struct {
	Interval time.Duration `json:"interval,omitempty"` // 0: none
	Ours     bool          `json:"ours,omitempty"`     // we refresh
}

// sessionExpires reads the header of that name (section 4).
func sessionExpires(msg sip.Message) (interval time.Duration, refresher string, ok bool) {
	headers := append(msg.GetHeaders("session-expires"), msg.GetHeaders("x")...)
	if len(headers) == 0 {
		return 0, "", false
	}
	value, params, _ := strings.Cut(headers[0].Value(), ";")
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err != nil {
		return 0, "", false
	}
	for param := range strings.SplitSeq(strings.ToLower(params), ";") {
		if name, of, _ := strings.Cut(strings.TrimSpace(param), "="); name == "refresher" {
			refresher = of
		}
	}
	return time.Duration(n) * time.Second, refresher, true
}

func minSE(msg sip.Message) time.Duration {
	headers := msg.GetHeaders("min-se")
	if len(headers) == 0 {
		return 0
	}
	value, _, _ := strings.Cut(headers[0].Value(), ";")
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// lists says whether a header of comma-separated tokens has the token.
func lists(msg sip.Message, header, token string) bool {
	for _, h := range msg.GetHeaders(header) {
		for t := range strings.SplitSeq(h.Value(), ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

// supports says whether the sender knows an extension.
func supports(msg sip.Message, extension string) bool {
	return lists(msg, "supported", extension) || lists(msg, "k", extension) || lists(msg, "require", extension)
}

// rejectTooShort answers 422 where a far end that knows session timers asks for
// refreshes in too quick a succession (section 9), and says whether it did.
func (s *Server) rejectTooShort(req *sip.Request, tx *sip.ServerTx) bool {
	want, _, ok := sessionExpires(req)
	if !ok || want >= s.options().MinSessionExpires || !supports(req, "timer") {
		return false
	}
	s.rejectWith(req, tx, 422, "Session Interval Too Small", func(res *sip.Response) {
		res.AppendHeader(sip.NewHeader("Min-SE", seconds(s.options().MinSessionExpires)))
	})
	return true
}

// timed writes the session timer into a 2xx of ours to an INVITE or UPDATE, and
// begins to keep it.
func (l *leg) timed(req *sip.Request, res *sip.Response) {
	if l.page {
		return // a page that is gone is noticed by its media, and may come back
	}
	o := l.server.options()
	t := sessionTimer{Interval: o.SessionExpires, Ours: true}
	want, refresher, ok := sessionExpires(req)
	if ok && want >= o.MinSessionExpires && want < t.Interval {
		t.Interval = want
	}
	t.Interval = max(t.Interval, min(minSE(req), maxMinSE))
	by := "uas"
	if supports(req, "timer") {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
		if refresher == "uac" {
			t.Ours, by = false, "uac"
		}
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", seconds(t.Interval)+";refresher="+by))
	l.keepTime(t)
}

// timerHeaders are those of a request of ours that asks for a session timer.
func (l *leg) timerHeaders(t sessionTimer) []header {
	value := seconds(t.Interval)
	if l.opened { // a refresh, which is whose duty it was
		value += ";refresher=uac"
	}
	return []header{{"Session-Expires", value}, {"Min-SE", seconds(l.server.options().MinSessionExpires)}}
}

// timedBy takes what a 2xx to our INVITE or UPDATE says of the timer. A far end
// that says nothing knows none: then we refresh by ourselves (section 7.2).
func (l *leg) timedBy(res *sip.Response, asked sessionTimer) {
	if l.page {
		return
	}
	t := sessionTimer{Interval: asked.Interval, Ours: true}
	if interval, refresher, ok := sessionExpires(res); ok && interval > 0 {
		t.Interval = max(interval, time.Second)
		t.Ours = refresher != "uas"
	}
	l.keepTime(t)
}

// keepTime begins an interval.
func (l *leg) keepTime(t sessionTimer) {
	now := time.Now()
	l.dialog.Timer = t
	if t.Ours {
		l.refreshAt, l.expireAt = now.Add(t.Interval/2), now.Add(t.Interval)
		return
	}
	l.refreshAt = time.Time{}
	l.expireAt = now.Add(t.Interval - min(byeBefore, t.Interval/3))
}

// refreshDue says what the session timer demands now.
func (l *leg) refreshDue(ctx context.Context, now time.Time) {
	if l.over || l.expireAt.IsZero() {
		return
	}
	if !now.Before(l.expireAt) {
		l.log.Info("session expired")
		l.expireAt = time.Time{}
		l.finish(ctx, l.lost())
		return
	}
	if l.refreshAt.IsZero() || now.Before(l.refreshAt) || l.ours != nil || l.pending != nil {
		return
	}
	l.refreshAt = time.Time{}
	if err := l.refreshSession(ctx); err != nil {
		l.log.Debug("session not refreshed", "err", err)
		l.refreshAt = now.Add(l.dialog.Timer.Interval / 8)
	}
}
