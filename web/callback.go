// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
	"tandem/call"
)

const (
	// callbacksKept is how long ended callbacks stay in the list.
	callbacksKept = 7 * 24 * time.Hour
	// abandonedKept is how far back the list of the abandoned goes.
	abandonedKept = 24 * time.Hour
	// listMost is how many rows the lists have.
	listMost = 500
)

type (
	callbackView struct {
		ID       acd.ContactID  `json:"id" doc:"Also its contact in line, for the deeds"`
		Call     call.ID        `json:"call" doc:"It was asked in; empty if in none"`
		Asked    stamp          `json:"asked"`
		Queue    acd.QueueID    `json:"queue"`
		Number   string         `json:"number"`
		Name     string         `json:"name"`
		Due      stamp          `json:"due" doc:"Wanted not before; null: at once"`
		By       acd.Actor      `json:"by" doc:"The supervisor who asked, or empty"`
		Attempts int            `json:"attempts"`
		Tried    stamp          `json:"tried" doc:"End of the last attempt"`
		How      acd.DialEnding `json:"how" doc:"How it ended: reached, busy, noAnswer, unreachable, machine, cancelled"`
		Again    stamp          `json:"again" doc:"The next attempt not before"`
		Ended    stamp          `json:"ended" doc:"null: still to be made"`
		Ending   acd.Ending     `json:"ending" doc:"answered, callbackFailed, callbackExpired, withdrawn, ..."`
		Agent    acd.AgentID    `json:"agent" doc:"Of the last attempt"`
	}
	callbacksAnswer struct {
		Body []callbackView `nullable:"false"`
	}
	callbackRequest struct {
		Body struct {
			Number string      `json:"number" minLength:"1" maxLength:"64"`
			Name   string      `json:"name,omitempty" maxLength:"64"`
			Queue  acd.QueueID `json:"queue" minLength:"1" maxLength:"64"`
			At     *time.Time  `json:"at,omitempty" doc:"Not before it"`
		}
	}
	callbackAnswer struct {
		Body struct {
			How acd.Kept `json:"how" doc:"requested, duplicate, closed (the queue calls nobody back) or notAllowed (the number may not be dialled)"`
		}
	}
	abandonedView struct {
		Call          call.ID     `json:"call"`
		Queue         acd.QueueID `json:"queue"`
		Number        string      `json:"number" doc:"Empty if withheld"`
		Name          string      `json:"name"`
		Entered       stamp       `json:"entered"`
		WaitedSeconds float64     `json:"waitedSeconds"`
		Callback      string      `json:"callback" doc:"Of the newest callback for the number since: open, how it ended, or empty"`
	}
	abandonedAnswer struct {
		Body []abandonedView `nullable:"false"`
	}
)

// callbackRoutes are the lists of who is to be called back and who gave up, and
// what is done about them.
func (s *Server) callbackRoutes(api huma.API) {
	op := func(method, path, id, summary string, status int) huma.Operation {
		o := operation(method, path, id, summary, status)
		o.Errors = append(o.Errors, http.StatusNotFound, http.StatusConflict)
		return o
	}
	huma.Register(api, op(http.MethodGet, "/callbacks", "callbacks",
		"Supervisor: callbacks that are open, and those that ended within a week, the newest first", http.StatusOK), s.callbacks)
	huma.Register(api, op(http.MethodPost, "/callbacks", "requestCallback",
		"Supervisor: have a number called back; withdraw it like any contact in line", http.StatusOK), s.requestCallback)
	huma.Register(api, op(http.MethodGet, "/abandoned", "abandoned",
		"Supervisor: who hung up while waiting within 24 h and has not been talked to since, the newest first", http.StatusOK), s.abandoned)
	huma.Register(api, op(http.MethodPost, "/desk/machine", "machineReached",
		"The customer called back is a machine: the talk ends and counts as a failed attempt", http.StatusNoContent),
		func(ctx context.Context, _ *struct{}) (*none, error) {
			return nil, s.refusal(s.deps.Callbacks.MachineReached(ctx, signedIn(ctx).ID))
		})
}

func (s *Server) callbacks(ctx context.Context, _ *struct{}) (*callbacksAnswer, error) {
	if _, err := supervisor(ctx); err != nil {
		return nil, err
	}
	all, err := s.deps.History.Callbacks(ctx, s.deps.Now().Add(-callbacksKept), listMost)
	if err != nil {
		return nil, s.refusal(err)
	}
	out := &callbacksAnswer{Body: make([]callbackView, 0, len(all))}
	for _, c := range all {
		out.Body = append(out.Body, callbackView{ID: c.ID, Call: c.Call, Asked: stamp(c.Asked), Queue: c.Queue, Number: c.Number, Name: c.Name,
			Due: stamp(c.Due), By: c.By, Attempts: c.Attempts, Tried: stamp(c.Tried), How: c.How, Again: stamp(c.Again),
			Ended: stamp(c.Ended), Ending: c.Ending, Agent: c.Agent})
	}
	return out, nil
}

func (s *Server) requestCallback(ctx context.Context, in *callbackRequest) (*callbackAnswer, error) {
	by, err := supervisor(ctx)
	if err != nil {
		return nil, err
	}
	w := call.CallbackWish{Number: in.Body.Number, Name: in.Body.Name, Queue: in.Body.Queue, By: acd.Actor(by.ID)}
	if in.Body.At != nil {
		w.At = *in.Body.At
	}
	out := &callbackAnswer{}
	if out.Body.How, err = s.deps.Callbacks.RequestCallback(ctx, w); err != nil {
		return nil, s.refusal(err)
	}
	return out, nil
}

func (s *Server) abandoned(ctx context.Context, _ *struct{}) (*abandonedAnswer, error) {
	if _, err := supervisor(ctx); err != nil {
		return nil, err
	}
	all, err := s.deps.History.AbandonedSince(ctx, s.deps.Now().Add(-abandonedKept), listMost)
	if err != nil {
		return nil, s.refusal(err)
	}
	out := &abandonedAnswer{Body: make([]abandonedView, 0, len(all))}
	for _, a := range all {
		out.Body = append(out.Body, abandonedView{Call: a.Call, Queue: a.Queue, Number: a.Number, Name: a.Name,
			Entered: stamp(a.Entered), WaitedSeconds: seconds(a.Waited), Callback: a.Callback})
	}
	return out, nil
}
