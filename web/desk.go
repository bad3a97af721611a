// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
	"tandem/call"
)

const (
	// wrapUpMore is by how much one press prolongs a wrap-up.
	wrapUpMore = 30 * time.Second
	// recentCalls is how many calls the desk lists.
	recentCalls = 20
)

type (
	none struct{}

	ticketRequest struct {
		Body struct {
			Page string `json:"page" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"Random for each page load"`
		}
	}
	ticketAnswer struct {
		Body struct {
			URL      string `json:"url" doc:"Opens one SIP socket within 30 s"`
			URI      string `json:"uri" doc:"The agent's SIP URI"`
			Instance string `json:"instance" doc:"UUID for +sip.instance, the same for the same page"`
		}
	}
	statusRequest struct {
		Body struct {
			Status acd.Status `json:"status" minLength:"1" maxLength:"64"`
			Reason string     `json:"reason,omitempty" maxLength:"200"`
		}
	}
	holdRequest struct {
		Body struct {
			On bool `json:"on"`
		}
	}
	passRequest struct {
		Body struct {
			Queue acd.QueueID `json:"queue" minLength:"1" maxLength:"64"`
		}
	}
	wrapUpRequest struct {
		Body struct {
			Action string `json:"action" enum:"finish,extend,want,forgo"`
		}
	}
	disposeRequest struct {
		ID   call.ID `path:"id" maxLength:"64"`
		Body struct {
			Disposition string `json:"disposition" maxLength:"64" doc:"The ID of a configured one, or empty"`
			Notes       string `json:"notes" maxLength:"2000"`
		}
	}
	recentView struct {
		ID            call.ID      `json:"id"`
		Arrived       stamp        `json:"arrived"`
		Bridged       stamp        `json:"bridged"`
		Ended         stamp        `json:"ended"`
		Name          string       `json:"name"`
		Number        string       `json:"number"`
		Queue         call.QueueID `json:"queue"`
		TalkedSeconds float64      `json:"talkedSeconds"`
		Cause         call.Cause   `json:"cause"`
		Disposition   string       `json:"disposition"`
		Notes         string       `json:"notes"`
	}
	recentAnswer struct {
		Body []recentView `nullable:"false"`
	}
	deskAnswer struct{ Body deskView }
)

func (s *Server) deskRoutes(api huma.API) {
	op := func(method, path, id, summary string) huma.Operation {
		o := operation(method, path, id, summary, http.StatusNoContent)
		o.Errors = append(o.Errors, http.StatusNotFound, http.StatusConflict)
		return o
	}
	huma.Register(api, operation(http.MethodPost, "/sip-ticket", "sipTicket",
		"A single-use ticket for the SIP socket; the page that asks has the desk from now on", http.StatusOK), s.sipTicket)
	huma.Register(api, operation(http.MethodGet, "/desk", "desk", "The desk as it is now; the event desk of /live pushes it", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*deskAnswer, error) {
			v := s.deskOf(signedIn(ctx), s.deps.Floor.Snapshot())
			v.Now = stamp(s.deps.Now())
			return &deskAnswer{Body: v}, nil
		})
	huma.Register(api, op(http.MethodPost, "/desk/status", "setStatus", "Set one's own status; while busy it waits for the work to end"),
		func(ctx context.Context, in *statusRequest) (*none, error) {
			a := signedIn(ctx)
			err := s.deps.Intents.SetStatus(ctx, a.ID, in.Body.Status, in.Body.Reason, acd.Actor(a.ID), false)
			if err == nil {
				s.leaving.remove(a.ID)
			}
			return nil, s.refusal(err)
		})
	huma.Register(api, op(http.MethodDelete, "/desk/next-status", "cancelNextStatus", "Take back a status that waits for the work to end"),
		func(ctx context.Context, _ *struct{}) (*none, error) {
			a := signedIn(ctx)
			err := s.deps.Intents.CancelNextStatus(ctx, a.ID)
			if err == nil {
				s.leaving.remove(a.ID)
			}
			return nil, s.refusal(err)
		})
	huma.Register(api, op(http.MethodPost, "/desk/hold", "hold", "Put the caller on hold, or take the caller back"),
		func(ctx context.Context, in *holdRequest) (*none, error) {
			return nil, s.refusal(s.deps.CallIntents.Hold(ctx, signedIn(ctx).ID, in.Body.On))
		})
	huma.Register(api, op(http.MethodPost, "/desk/hangup", "hangUp", "End the call"),
		func(ctx context.Context, _ *struct{}) (*none, error) {
			return nil, s.refusal(s.deps.CallIntents.Hangup(ctx, signedIn(ctx).ID))
		})
	huma.Register(api, op(http.MethodPost, "/desk/transfer", "passOn", "Send the caller to another queue; comes back if nobody takes it there"),
		func(ctx context.Context, in *passRequest) (*none, error) {
			return nil, s.refusal(s.deps.CallIntents.PassOn(ctx, signedIn(ctx).ID, in.Body.Queue))
		})
	huma.Register(api, op(http.MethodPost, "/desk/wrap-up", "wrapUp",
		"Finish the wrap-up, or extend it by 30 s; during the call: want one afterwards (where the queue leaves it to the agent), or no longer"),
		func(ctx context.Context, in *wrapUpRequest) (*none, error) {
			switch in.Body.Action {
			case "extend":
				return nil, s.refusal(s.deps.Intents.ExtendWrapUp(ctx, signedIn(ctx).ID, wrapUpMore))
			case "want", "forgo":
				return nil, s.refusal(s.deps.Intents.WantWrapUp(ctx, signedIn(ctx).ID, in.Body.Action == "want"))
			}
			return nil, s.refusal(s.deps.Intents.FinishWrapUp(ctx, signedIn(ctx).ID))
		})
	huma.Register(api, op(http.MethodPut, "/desk/calls/{id}", "dispose", "Keep disposition and notes of a call of one's own"), s.dispose)
	huma.Register(api, operation(http.MethodGet, "/desk/recent", "recentCalls", "One's last calls, the newest first", http.StatusOK), s.recent)
}

// sipTicket moves the desk to the page that asks and lets it open one socket.
func (s *Server) sipTicket(ctx context.Context, in *ticketRequest) (*ticketAnswer, error) {
	a := signedIn(ctx)
	if a.Device != DeviceBrowser {
		return nil, huma.Error409Conflict("this agent's device is not the browser")
	}
	s.revoke(ctx, a, visitorOf(ctx).token)
	if s.desks.move(a.ID, in.Body.Page, visitorOf(ctx).token) {
		s.log.Debug("desk moved to another page", "agent", string(a.ID))
	}
	scheme := "ws"
	if s.cert != nil {
		scheme = "wss"
	}
	s.m.tickets.WithLabelValues("issued").Inc()
	out := &ticketAnswer{}
	out.Body.URL = scheme + "://" + visitorOf(ctx).host + "/sip?ticket=" + s.tickets.issue(a.ID, in.Body.Page)
	out.Body.URI = s.sipURI(a.ID)
	out.Body.Instance = instanceOf(a.ID, in.Body.Page)
	return out, nil
}

// dispose keeps what the agent chose. While the call is in hand the desk takes
// it, so that the card shows it; a call that is over is corrected in its row.
func (s *Server) dispose(ctx context.Context, in *disposeRequest) (*none, error) {
	a, choice := signedIn(ctx), in.Body.Disposition
	if choice != "" && !slices.ContainsFunc(s.house().Dispositions, func(d Named) bool { return d.ID == choice }) {
		return nil, huma.Error422UnprocessableEntity("no such disposition")
	}
	err := s.deps.CallIntents.Dispose(ctx, a.ID, in.ID, choice, in.Body.Notes)
	if !errors.Is(err, call.ErrWrongState) {
		return nil, s.refusal(err)
	}
	mine, err := s.deps.History.Talked(ctx, a.ID, in.ID)
	if err != nil {
		return nil, s.refusal(err)
	}
	if !mine {
		return nil, huma.Error404NotFound("no such call of yours")
	}
	s.deps.History.Keep(call.CallDisposition{Call: in.ID, Agent: a.ID, At: s.deps.Now(), Disposition: choice, Notes: in.Body.Notes})
	return nil, nil
}

func (s *Server) recent(ctx context.Context, _ *struct{}) (*recentAnswer, error) {
	calls, err := s.deps.History.RecentCalls(ctx, signedIn(ctx).ID, recentCalls)
	if err != nil {
		return nil, s.refusal(err)
	}
	out := &recentAnswer{Body: make([]recentView, 0, len(calls))}
	for _, c := range calls {
		v := recentView{ID: c.ID, Arrived: stamp(c.Arrived), Bridged: stamp(c.Bridged), Ended: stamp(c.Ended),
			Name: c.From.Name, Number: c.From.Number, Queue: c.Queue, Cause: c.Cause, Disposition: c.Disposition, Notes: c.Notes}
		if !c.Bridged.IsZero() && c.Ended.After(c.Bridged) {
			v.TalkedSeconds = seconds(c.Ended.Sub(c.Bridged))
		}
		out.Body = append(out.Body, v)
	}
	return out, nil
}
