// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"

	"tandem/call"
)

// Rehearsal lets the tests of flows ring over real SIP. Satisfied by call.Desk.
type Rehearsal interface {
	Rehearse(call.Script) (token, dial string, err error)
	RehearsalTrail(token string) (call.Trail, error)
	RehearsalLeave(token, ending string) error
	RehearsalAnswer(token string, a call.Answer) error
}

// rehearsals is the door of `tandem ivr test -live`. It is there only where
// rehearsals are configured, lets in only this machine and, by a header that no
// page of another site can send, only programs.
func (s *Server) rehearsals() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rehearsals/", s.rehearse)
	mux.HandleFunc("GET /rehearsals/{token}", func(w http.ResponseWriter, r *http.Request) {
		trail, err := s.deps.Rehearsal.RehearsalTrail(r.PathValue("token"))
		s.rehearsed(w, trail, err)
	})
	mux.HandleFunc("POST /rehearsals/{token}/leave/{ending}", func(w http.ResponseWriter, r *http.Request) {
		err := s.deps.Rehearsal.RehearsalLeave(r.PathValue("token"), r.PathValue("ending"))
		s.rehearsed(w, struct{}{}, err)
	})
	mux.HandleFunc("POST /rehearsals/{token}/answer", func(w http.ResponseWriter, r *http.Request) {
		var answer call.Answer
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
			problem(w, http.StatusBadRequest, "that is not the JSON of an answer")
			return
		}
		err := s.deps.Rehearsal.RehearsalAnswer(r.PathValue("token"), answer)
		s.rehearsed(w, struct{}{}, err)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !at.Addr().Unmap().IsLoopback() || r.Header.Get("X-Requested-By") != "tandem" {
			problem(w, http.StatusForbidden, "rehearsals are for programs on this machine")
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytes)
		mux.ServeHTTP(w, r)
	})
}

func (s *Server) rehearse(w http.ResponseWriter, r *http.Request) {
	var in call.Script
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		problem(w, http.StatusBadRequest, "that is not the JSON of a rehearsal")
		return
	}
	token, dial, err := s.deps.Rehearsal.Rehearse(in)
	s.rehearsed(w, map[string]string{"token": token, "dial": dial}, err)
}

// rehearsed answers with what was asked for.
func (s *Server) rehearsed(w http.ResponseWriter, answer any, err error) {
	switch {
	case err == nil:
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			s.log.Debug("rehearsal not told", "err", err)
		}
	case errors.Is(err, call.ErrNotWaiting):
		problem(w, http.StatusConflict, "the call waits for nothing like that")
	case errors.Is(err, call.ErrUnknownFlow):
		problem(w, http.StatusNotFound, "the server has no such flow for calls")
	default:
		problem(w, http.StatusNotFound, "there is no such rehearsal")
	}
}
