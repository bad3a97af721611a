// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// edge is what Reload changes, whole.
type edge struct {
	options  Options // with its defaults
	trunks   trunks
	logins   *authenticator // of trunks
	verifier *verifier      // of callers' numbers; nil: none
}

func newEdge(o Options, ts trunks, v *verifier) *edge {
	return &edge{options: o, trunks: ts, verifier: v, logins: newAuthenticator(o.Realm, ts.credentials(o.Realm))}
}

func (s *Server) options() *Options      { return &s.edge.Load().options }
func (s *Server) trunks() trunks         { return s.edge.Load().trunks }
func (s *Server) logins() *authenticator { return s.edge.Load().logins }
func (s *Server) verifier() *verifier    { return s.edge.Load().verifier }

// Reload takes over trunks, number plan, limits and all else of o but what
// belongs to sockets and registrations: Listeners, Realm, TrustedFile,
// Trace, MinExpires, MaxExpires and NoProgress stay. Calls go on; a trunk that keeps
// its name keeps the count of its calls against its new limits. If o has
// problems nothing changes.
func (s *Server) Reload(o Options) error {
	var problems []error
	o.Check(func(path, problem string) { problems = append(problems, fmt.Errorf("sip.%s: %s", path, problem)) })
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	was := s.edge.Load()
	o = o.withDefaults()
	o.Listeners, o.Realm, o.TrustedFile = was.options.Listeners, was.options.Realm, was.options.TrustedFile
	o.Trace = was.options.Trace
	o.MinExpires, o.MaxExpires, o.NoProgress = was.options.MinExpires, was.options.MaxExpires, was.options.NoProgress
	trunks, err := newTrunks(o.Trunks)
	if err != nil {
		return err
	}
	verifier, err := newVerifier(o.STIR)
	if err != nil {
		return err
	}
	for i, t := range trunks {
		old := was.trunks.named(t.Name)
		switch {
		case old == nil:
		case reflect.DeepEqual(old.Trunk, t.Trunk):
			trunks[i] = old
		default:
			t.in, t.out = old.in, old.out
		}
	}
	s.edge.Store(newEdge(o, trunks, verifier))
	s.admission.limit(o.Limits)
	select {
	case s.reloaded <- struct{}{}:
	default: // Run has not yet looked at the last one
	}
	return nil
}

// limit changes the limits from now on.
func (a *admission) limit(l Limits) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limits, a.spared = l.withDefaults(), l.spared()
}

// limitsNow are the limits of connections, which last longer than one look at them.
func (a *admission) limitsNow() Limits {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.limits
}

// tendTrunks tends the trunks, also those of later configurations, until ctx
// ends. Wait returns when all that is over, leave-taking included.
func (s *Server) tendTrunks(ctx context.Context) (wait func()) {
	type tending struct {
		trunk *trunk
		stop  context.CancelFunc
		over  chan struct{}
	}
	var all sync.WaitGroup
	tended := map[string]tending{}
	for {
		current := map[string]bool{}
		for _, t := range s.trunks() {
			current[t.Name] = true
			before, same := tended[t.Name]
			if same && before.trunk == t {
				continue
			}
			own, stop := context.WithCancel(ctx)
			over := make(chan struct{})
			if same {
				before.stop()
			}
			all.Go(func() {
				defer close(over)
				if same {
					<-before.over // it takes leave of the registrar first
				}
				s.tend(own, t)
			})
			tended[t.Name] = tending{t, stop, over}
		}
		for name, t := range tended {
			if !current[name] {
				t.stop()
				delete(tended, name)
			}
		}
		select {
		case <-s.reloaded:
			continue
		case <-ctx.Done():
		}
		for _, t := range tended {
			t.stop()
		}
		return all.Wait
	}
}
