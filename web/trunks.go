// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// This file shows supervisors how the trunks are and what was said on the wire.

// Trunks are the carriers and gateways, and the traces of calls. Satisfied by an
// adapter in cmd/tandem.
type Trunks interface {
	Trunks() []Trunk
	// Test places a call by a trunk and hangs up when it is answered;
	// ErrNoTrunk if there is no such trunk that calls go out by.
	Test(ctx context.Context, trunk, number string) (TestCall, error)
	// Trace is what was said in a call, named by its ID or a SIP Call-ID: drawn,
	// or as a capture file. It says false if nothing is kept.
	Trace(id string, pcap bool) ([]byte, bool)
}

// ErrNoTrunk says that no calls go out by a trunk of that name.
var ErrNoTrunk = errors.New("there is no such trunk, or no calls go out by it")

// Trunk is how one trunk is now.
type Trunk struct {
	Name          string            `json:"name"`
	Address       string            `json:"address" doc:"Where calls go out, empty if none do"`
	CallsIn       int               `json:"callsIn"`
	CallsOut      int               `json:"callsOut"`
	CallsOutToday int               `json:"callsOutToday" doc:"Since midnight, UTC"`
	Registration  TrunkRegistration `json:"registration"`
	Targets       []TrunkTarget     `json:"targets" doc:"What the address leads to, in the order it is tried"`
	Refused       int               `json:"refused" doc:"Calls that did not come to be, since the start"`
	Refusals      []TrunkRefusal    `json:"refusals" doc:"The last of them, newest first"`
}

// TrunkRegistration is ours at a trunk.
type TrunkRegistration struct {
	State  string     `json:"state" enum:"off,trying,up,refused"`
	Status int        `json:"status" doc:"Of the last answer; 0: none"`
	Reason string     `json:"reason"`
	At     *time.Time `json:"at,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
}

// TrunkTarget is one address, and what it last answered to OPTIONS.
type TrunkTarget struct {
	Target  string     `json:"target"`
	Up      bool       `json:"up"`
	Status  int        `json:"status" doc:"0: no answer, or not asked yet"`
	Took    float64    `json:"took" doc:"Seconds"`
	At      *time.Time `json:"at,omitempty"`
	Problem string     `json:"problem"`
}

// TrunkRefusal is a call that did not come to be.
type TrunkRefusal struct {
	At        time.Time `json:"at"`
	Direction string    `json:"direction" enum:"inbound,outbound"`
	Number    string    `json:"number"`
	Status    int       `json:"status"`
	Reason    string    `json:"reason"`
}

// TestCall is what became of one.
type TestCall struct {
	Rang     float64 `json:"rang" doc:"Seconds after the INVITE; 0: it did not"`
	Answered float64 `json:"answered"`
	Cause    string  `json:"cause" doc:"Why it ended; completed: answered, and hung up by us"`
}

type (
	trunksAnswer struct{ Body []Trunk }
	testRequest  struct {
		Name string `path:"name" maxLength:"64"`
		Body struct {
			Number string `json:"number" minLength:"1" maxLength:"32"`
		}
	}
	testAnswer   struct{ Body TestCall }
	traceRequest struct {
		Call   string `query:"call" required:"true" maxLength:"512" doc:"The call's ID, or a SIP Call-ID"`
		Format string `query:"format" enum:"text,pcap" default:"text"`
	}
	traceAnswer struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}
)

func (s *Server) trunkRoutes(api huma.API) {
	op := func(method, path, id, summary string) huma.Operation {
		o := operation(method, path, id, "Supervisor: "+summary, http.StatusOK)
		o.Errors = append(o.Errors, http.StatusNotFound)
		return o
	}
	huma.Register(api, op(http.MethodGet, "/trunks", "trunks", "how the trunks are"),
		func(ctx context.Context, _ *struct{}) (*trunksAnswer, error) {
			if err := s.trunkDoor(ctx); err != nil {
				return nil, err
			}
			return &trunksAnswer{s.deps.Trunks.Trunks()}, nil
		})
	huma.Register(api, op(http.MethodPost, "/trunks/{name}/test", "testTrunk", "call a number by a trunk and hang up when it is answered"), s.testTrunk)
	huma.Register(api, op(http.MethodGet, "/traces", "trace", "what was said on the wire in a call, without its secrets"), s.trace)
}

// trunkDoor lets supervisors pass.
func (s *Server) trunkDoor(ctx context.Context) error {
	if _, err := supervisor(ctx); err != nil {
		return err
	}
	if s.deps.Trunks == nil {
		return huma.Error404NotFound("there are no trunks here")
	}
	return nil
}

func (s *Server) testTrunk(ctx context.Context, in *testRequest) (*testAnswer, error) {
	if err := s.trunkDoor(ctx); err != nil {
		return nil, err
	}
	by, err := supervisor(ctx)
	if err != nil {
		return nil, err
	}
	s.log.Info("test call", "trunk", in.Name, "actor", string(by.ID))
	out, err := s.deps.Trunks.Test(ctx, in.Name, in.Body.Number)
	switch {
	case errors.Is(err, ErrNoTrunk):
		return nil, huma.Error404NotFound(err.Error())
	case err != nil:
		return nil, huma.Error409Conflict(err.Error())
	}
	return &testAnswer{out}, nil
}

func (s *Server) trace(ctx context.Context, in *traceRequest) (*traceAnswer, error) {
	if err := s.trunkDoor(ctx); err != nil {
		return nil, err
	}
	text, ok := s.deps.Trunks.Trace(in.Call, in.Format == "pcap")
	if !ok {
		return nil, huma.Error404NotFound("nothing is kept of such a call; older ones are forgotten first")
	}
	kind := "text/plain; charset=utf-8"
	if in.Format == "pcap" {
		kind = "application/vnd.tcpdump.pcap"
	}
	return &traceAnswer{kind, text}, nil
}

// console is who speaks through the server's own socket on this machine.
var console = &Agent{ID: "console", Name: "console", Role: RoleSupervisor}

// Local is the API for whoever may open the socket it is served on: no session
// is asked for, and what is done is done by "console". Serve it nowhere else
// than on a socket file that only the server's own account can open.
func (s *Server) Local() http.Handler {
	api := http.NewServeMux()
	s.routes(api)
	return s.recovered(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytes)
		v := visitor{agent: console, source: "console", host: r.Host}
		api.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
	}))
}
