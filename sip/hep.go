// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// This file sends messages to a HOMER server as HEP, version 3 (the chunks of
// the generic vendor, as its specification of 2014 numbers them).

const (
	hepQueue         = 1024 // messages that may wait; further ones are dropped and counted
	defaultCaptureID = 2001
)

// The types of chunks.
const (
	hepFamily    = 1
	hepProtocol  = 2
	hepSource4   = 3
	hepTarget4   = 4
	hepSource6   = 5
	hepTarget6   = 6
	hepFromPort  = 7
	hepToPort    = 8
	hepSeconds   = 9
	hepMicros    = 10
	hepKind      = 11
	hepCapture   = 12
	hepAuth      = 14
	hepPayload   = 15
	hepCorrelate = 17
)

// hepSender sends to one server. A nil one sends nothing.
type hepSender struct {
	to       string
	id       uint32
	password string
	queue    chan []byte
	dropped  prometheus.Counter
	log      *slog.Logger
}

func newHEPSender(o TraceOptions, dropped prometheus.Counter, log *slog.Logger) *hepSender {
	if o.HEP == "" {
		return nil
	}
	return &hepSender{
		to: o.HEP, id: uint32(orDefault(o.CaptureID, defaultCaptureID)), password: o.Password,
		queue: make(chan []byte, hepQueue), dropped: dropped, log: log,
	}
}

// send queues one message; it never blocks.
func (h *hepSender) send(m traced, sipCallID string) {
	if h == nil {
		return
	}
	select {
	case h.queue <- h.packet(m, sipCallID):
	default:
		h.dropped.Inc()
	}
}

// run sends what is queued until ctx ends. Nobody answers by this protocol: what
// is lost is lost.
func (h *hepSender) run(ctx context.Context) {
	if h == nil {
		return
	}
	var conn net.Conn
	defer func() {
		if conn != nil {
			_ = conn.Close()
		}
	}()
	var complaints seldom
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-h.queue:
			err := error(nil)
			if conn == nil {
				conn, err = (&net.Dialer{Timeout: lookupTimeout}).DialContext(ctx, "udp", h.to)
			}
			if err == nil {
				_, err = conn.Write(p)
			}
			if err != nil {
				h.dropped.Inc()
				if complaints.due(time.Now()) {
					h.log.Warn("trace not sent", "err", fmt.Errorf("send to %s: %w", h.to, err))
				}
			}
		}
	}
}

func (h *hepSender) packet(m traced, sipCallID string) []byte {
	be := binary.BigEndian
	out := append([]byte("HEP3"), 0, 0)
	chunk := func(kind uint16, value []byte) {
		out = be.AppendUint16(out, 0) // vendor: generic
		out = be.AppendUint16(out, kind)
		out = be.AppendUint16(out, uint16(6+len(value)))
		out = append(out, value...)
	}
	src, dst := m.from.Addr().Unmap(), m.to.Addr().Unmap()
	protocol := byte(6)
	if m.transport == "udp" {
		protocol = udpProtocol
	}
	if src.Is4() && dst.Is4() {
		chunk(hepFamily, []byte{2})
		chunk(hepSource4, src.AsSlice())
		chunk(hepTarget4, dst.AsSlice())
	} else {
		s16, d16 := src.As16(), dst.As16()
		chunk(hepFamily, []byte{10})
		chunk(hepSource6, s16[:])
		chunk(hepTarget6, d16[:])
	}
	chunk(hepProtocol, []byte{protocol})
	chunk(hepFromPort, be.AppendUint16(nil, m.from.Port()))
	chunk(hepToPort, be.AppendUint16(nil, m.to.Port()))
	chunk(hepSeconds, be.AppendUint32(nil, uint32(m.at.Unix())))
	chunk(hepMicros, be.AppendUint32(nil, uint32(m.at.Nanosecond()/1000)))
	chunk(hepKind, []byte{1}) // SIP
	chunk(hepCapture, be.AppendUint32(nil, h.id))
	if h.password != "" {
		chunk(hepAuth, []byte(h.password))
	}
	chunk(hepCorrelate, []byte(sipCallID))
	room := maxDatagram - 28 - len(out) - 6 // IP and UDP headers
	chunk(hepPayload, m.text[:min(len(m.text), room)])
	be.PutUint16(out[4:], uint16(len(out)))
	return out
}
