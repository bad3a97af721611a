// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/pion/sdp/v3"
)

// Reopen makes the endpoint of a leg anew that a former process had: on the port
// that its description local names, with what remote, the far end's, agreed on,
// so that audio flows at once. It returns the description that holds now, which
// differs from local only where keys had to be made anew. The version follows
// that of local. ErrNoPorts if the port is taken.
func (p *Ports) Reopen(far netip.Addr, local, remote []byte) (*RTPEndpoint, []byte, error) {
	var was sdp.SessionDescription
	if err := was.Unmarshal(local); err != nil {
		return nil, nil, fmt.Errorf("reopen media: %w", err)
	}
	port := uint16(0)
	for _, m := range was.MediaDescriptions {
		if m.MediaName.Media == "audio" && m.MediaName.Port.Value > 0 && m.MediaName.Port.Value < 1<<16-1 {
			port = uint16(m.MediaName.Port.Value)
			break
		}
	}
	if port == 0 {
		return nil, nil, fmt.Errorf("reopen media: no audio was agreed on: %w", ErrNotAcceptable)
	}
	far = far.Unmap()
	d, err := parseSDP(remote, taste{})
	if err != nil {
		return nil, nil, fmt.Errorf("reopen media: %w", err)
	}
	near := far
	if d.rtp.IsValid() {
		near = d.rtp.Addr()
	}
	addr, ok := sameFamily(p.options.Addresses, near)
	if !ok {
		return nil, nil, fmt.Errorf("reopen media: no address of the family of %s: %w", near, ErrNotAcceptable)
	}
	s, err := bindPair(p.bind, addr, port)
	if err != nil {
		return nil, nil, fmt.Errorf("reopen port %d: %w: %w", port, err, ErrNoPorts)
	}
	if s.shown, err = p.shown(addr, near); err != nil {
		return nil, nil, fmt.Errorf("reopen media: %w", err)
	}
	e := newRTPEndpoint(p, far, s)
	e.id, e.version, e.written = was.Origin.SessionID, was.Origin.SessionVersion, local
	p.mu.Lock()
	p.endpoints[e] = struct{}{}
	p.mu.Unlock()
	now, err := e.Answer(context.Background(), remote)
	if err != nil {
		e.Close()
		return nil, nil, fmt.Errorf("reopen media: %w", err)
	}
	return e, now, nil
}
