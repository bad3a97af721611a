// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"tandem/call"
	"tandem/sip"
	"tandem/web"
)

// trunkVerb says how the trunks are, or places a test call by one.
func trunkVerb(ctx context.Context, v *invocation) error {
	cfg, err := v.config()
	if err != nil {
		return err
	}
	switch {
	case len(v.args) == 3 && v.args[1] == "test":
		answer, err := ask(ctx, cfg, http.MethodPost, "/trunks/"+url.PathEscape(v.args[0])+"/test", map[string]string{"number": v.args[2]})
		if err != nil {
			return err
		}
		return v.tested(answer)
	case len(v.args) > 1:
		return errors.New("say: tandem trunk, tandem trunk NAME, or tandem trunk NAME test NUMBER")
	}
	answer, err := ask(ctx, cfg, http.MethodGet, "/trunks", nil)
	if err != nil {
		return err
	}
	var trunks []web.Trunk
	if err := json.Unmarshal(answer, &trunks); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if len(v.args) == 0 {
		return v.overview(trunks)
	}
	for _, t := range trunks {
		if t.Name == v.args[0] {
			return v.oneTrunk(t)
		}
	}
	return fmt.Errorf("there is no trunk %q", v.args[0])
}

func (v *invocation) tested(answer []byte) error {
	var out web.TestCall
	if err := json.Unmarshal(answer, &out); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if out.Rang > 0 {
		fmt.Fprintf(v.stdout, "ringing after %.3f s\n", out.Rang)
	}
	if out.Answered > 0 {
		fmt.Fprintf(v.stdout, "answered after %.3f s, and hung up\n", out.Answered)
		return nil
	}
	return fmt.Errorf("not answered: %s", out.Cause)
}

// overview is one line for each trunk.
func (v *invocation) overview(trunks []web.Trunk) error {
	w := tabwriter.NewWriter(v.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "TRUNK\tREGISTRATION\tTARGETS\tIN\tOUT\tTODAY\tREFUSED\tLAST REFUSAL")
	for _, t := range trunks {
		up := 0
		for _, target := range t.Targets {
			if target.Up {
				up++
			}
		}
		targets, last := "-", "-"
		if t.Address != "" {
			targets = fmt.Sprintf("%d of %d up", up, len(t.Targets))
		}
		if len(t.Refusals) > 0 {
			r := t.Refusals[0]
			last = fmt.Sprintf("%s %s %s: %d %s", r.At.Local().Format(time.DateTime), r.Direction, r.Number, r.Status, r.Reason)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", t.Name, t.Registration.State, targets, t.CallsIn, t.CallsOut, t.CallsOutToday, t.Refused, last)
	}
	return w.Flush()
}

// oneTrunk is all that is known of one.
func (v *invocation) oneTrunk(t web.Trunk) error {
	w := tabwriter.NewWriter(v.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "trunk\t%s\naddress\t%s\ncalls\t%d in, %d out, %d out today\n", t.Name, orDash(t.Address), t.CallsIn, t.CallsOut, t.CallsOutToday)
	r := t.Registration
	fmt.Fprintf(w, "registration\t%s", r.State)
	if r.Reason != "" {
		fmt.Fprintf(w, ": %s", r.Reason)
	}
	if r.Until != nil {
		fmt.Fprintf(w, " until %s", r.Until.Local().Format(time.TimeOnly))
	}
	fmt.Fprintln(w)
	for _, target := range t.Targets {
		state := "down"
		if target.Up {
			state = "up"
		}
		fmt.Fprintf(w, "target\t%s %s", target.Target, state)
		if target.At != nil {
			fmt.Fprintf(w, ", at %s", target.At.Local().Format(time.TimeOnly))
		}
		if target.Status != 0 {
			fmt.Fprintf(w, " %d in %.0f ms", target.Status, target.Took*1000)
		}
		if target.Problem != "" {
			fmt.Fprintf(w, " %s", target.Problem)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "refused\t%d calls\n", t.Refused)
	for _, r := range t.Refusals {
		fmt.Fprintf(w, "\t%s %s %s: %d %s\n", r.At.Local().Format(time.DateTime), r.Direction, r.Number, r.Status, r.Reason)
	}
	return w.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// sipVerb shows what was said on the wire in a call.
func sipVerb(ctx context.Context, v *invocation) error {
	file := v.flags.String("pcap", "", "write a capture `file` for Wireshark in place of text")
	cfg, err := v.config()
	if err != nil {
		return err
	}
	if len(v.args) != 2 || v.args[0] != "trace" {
		return errors.New("say which call: tandem sip trace CALL, by the ID that logs and records have, or a SIP Call-ID")
	}
	format := "text"
	if *file != "" {
		format = "pcap"
	}
	answer, err := ask(ctx, cfg, http.MethodGet, "/traces?"+url.Values{"call": {v.args[1]}, "format": {format}}.Encode(), nil)
	if err != nil {
		return err
	}
	if *file == "" {
		_, err = v.stdout.Write(answer)
		return err
	}
	if err := os.WriteFile(*file, answer, 0o600); err != nil {
		return fmt.Errorf("write capture: %w", err)
	}
	return nil
}

// trunks is the SIP server as the web shows it.
type trunks struct {
	*sip.Server
	mayDial func(number string) bool
}

// Trunks satisfies web.Trunks.
func (t trunks) Trunks() []web.Trunk {
	all := []web.Trunk{}
	for _, s := range t.TrunkStates() {
		out := web.Trunk{
			Name: s.Name, Address: s.Address, CallsIn: s.CallsIn, CallsOut: s.CallsOut, CallsOutToday: s.CallsOutToday,
			Registration: web.TrunkRegistration{
				State: s.Registration.State, Status: s.Registration.Status, Reason: s.Registration.Reason,
				At: known(s.Registration.At), Until: known(s.Registration.Until),
			},
			Refused: s.Refused, Targets: []web.TrunkTarget{}, Refusals: []web.TrunkRefusal{},
		}
		for _, p := range s.Targets {
			out.Targets = append(out.Targets, web.TrunkTarget{
				Target: p.Target.String(), Up: p.Up, Status: p.Status, Took: p.Took.Seconds(), At: known(p.At), Problem: p.Problem,
			})
		}
		for _, r := range s.Refusals {
			out.Refusals = append(out.Refusals, web.TrunkRefusal(r))
		}
		all = append(all, out)
	}
	return all
}

func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// Test satisfies web.Trunks. A test call goes nowhere that a flow might not call.
func (t trunks) Test(ctx context.Context, name, number string) (web.TestCall, error) {
	if !t.mayDial(number) {
		return web.TestCall{}, fmt.Errorf("call %s: dial.allow does not name it: %w", number, call.ErrNotAllowed)
	}
	out, err := t.CallTest(ctx, name, number)
	if errors.Is(err, sip.ErrNoTrunk) {
		return web.TestCall{}, web.ErrNoTrunk
	}
	return web.TestCall{Rang: out.Rang.Seconds(), Answered: out.Answered.Seconds(), Cause: string(out.Cause)}, err
}

// Trace satisfies web.Trunks.
func (t trunks) Trace(id string, pcap bool) ([]byte, bool) {
	if pcap {
		return t.PCAP(id)
	}
	text, ok := t.Ladder(strings.TrimSpace(id))
	return []byte(text), ok
}
