// SPDX-License-Identifier: Apache-2.0

package media

import (
	"net/netip"
	"time"

	"github.com/pion/rtcp"
)

// This file is RTCP: reports both ways and BYE (RFC 3550, section 6).

const (
	ntpEpoch = 2208988800 // seconds from 1900 to 1970; section 4
	// cname names no host: RFC 7022 wants it random, and the SSRC is.
	cname = "tandem"
	// seqWrap is one round of RTP's sequence numbers.
	seqWrap = 1 << 16
	// maxRTCPPackets bounds what is read of one compound packet.
	maxRTCPPackets = 16
)

// reception is what the far end's stream looked like here (section 6.4.1 and
// appendix A.3, A.8). Guarded by its endpoint's rx lock.
type reception struct {
	packets  uint64 // of all sources, ever
	ssrc     uint32
	begun    bool
	base     uint32 // first extended sequence number of this source
	highest  uint32 // and the highest
	count    uint64 // packets of this source
	transit  int32
	jitter   float64 // in timestamp units
	start    time.Time
	expected uint64 // at the last report
	counted  uint64
	senderAt time.Time // when its last sender report came
	senderMN uint32    // the middle of that report's NTP time
}

// take counts p. Only packets that the latch let in may come here, so that a
// change of SSRC is the far end's own.
func (r *reception) take(p *Packet, now time.Time) {
	r.packets++
	if !r.begun || p.SSRC != r.ssrc {
		*r = reception{packets: r.packets, begun: true, ssrc: p.SSRC, start: now,
			base: uint32(p.Sequence) + seqWrap, highest: uint32(p.Sequence) + seqWrap}
	}
	r.count++
	if step := int16(p.Sequence - uint16(r.highest)); step > 0 {
		r.highest += uint32(step)
	}
	if p.Event {
		return // its timestamp stands still
	}
	arrival := uint32(now.Sub(r.start) / (time.Second / SampleRate))
	transit := int32(arrival - p.Timestamp)
	if r.count > 1 {
		d := float64(transit - r.transit)
		r.jitter += (max(d, -d) - r.jitter) / 16
	}
	r.transit = transit
}

func (r *reception) lost() (total int64, expected uint64) {
	expected = uint64(r.highest-r.base) + 1
	return int64(expected) - int64(r.count), expected
}

// block is the report block about the far end's stream.
func (r *reception) block(now time.Time) rtcp.ReceptionReport {
	total, expected := r.lost()
	span, counted := expected-r.expected, r.count-r.counted
	r.expected, r.counted = expected, r.count
	b := rtcp.ReceptionReport{
		SSRC:               r.ssrc,
		TotalLost:          uint32(min(max(total, 0), 0x7fffff)),
		LastSequenceNumber: r.highest - seqWrap,
		Jitter:             uint32(r.jitter),
	}
	if span > counted {
		b.FractionLost = uint8(min((span-counted)*256/span, 255))
	}
	if !r.senderAt.IsZero() {
		b.LastSenderReport = r.senderMN
		b.Delay = uint32(now.Sub(r.senderAt) * seqWrap / time.Second)
	}
	return b
}

// farReport is what the far end last reported of our stream.
type farReport struct {
	at       time.Time
	fraction float64
	jitter   uint32
	trip     time.Duration
}

// Stats tell how a leg's media has gone so far.
type Stats struct {
	Received, Sent uint64        // RTP packets
	Lost           int64         // of the far end's current stream; negative if duplicated
	Jitter         time.Duration // of arrivals; RFC 3550, appendix A.8
	// The far end's last report of what it hears; zero if it sent none.
	FarLoss   float64 // fraction lost, 0 to 1
	FarJitter time.Duration
	RoundTrip time.Duration
}

// Stats may be called at any time.
func (e *RTPEndpoint) Stats() Stats {
	e.rx.Lock()
	defer e.rx.Unlock()
	s := Stats{
		Received: e.reception.packets, Sent: e.sent.Load(),
		Jitter:  samples(e.reception.jitter),
		FarLoss: e.farReport.fraction, FarJitter: samples(float64(e.farReport.jitter)), RoundTrip: e.farReport.trip,
	}
	if e.reception.begun {
		s.Lost, _ = e.reception.lost()
	}
	return s
}

func samples(n float64) time.Duration { return time.Duration(n * float64(time.Second) / SampleRate) }

// report sends a sender or receiver report with our name.
func (e *RTPEndpoint) report(now time.Time) {
	e.rx.Lock()
	var blocks []rtcp.ReceptionReport
	if e.reception.begun {
		blocks = append(blocks, e.reception.block(now))
	}
	e.rx.Unlock()
	e.sendRTCP(e.reportWith(blocks, now), e.names())
}

func (e *RTPEndpoint) reportWith(blocks []rtcp.ReceptionReport, now time.Time) rtcp.Packet {
	sent := e.sent.Load()
	if sent == 0 {
		return &rtcp.ReceiverReport{SSRC: e.outgoing.SSRC(), Reports: blocks}
	}
	return &rtcp.SenderReport{
		SSRC: e.outgoing.SSRC(), NTPTime: ntp(now), RTPTime: e.outgoing.timestamp(now),
		PacketCount: uint32(sent), OctetCount: uint32(e.octets.Load()), Reports: blocks,
	}
}

func (e *RTPEndpoint) names() rtcp.Packet {
	return rtcp.NewCNAMESourceDescription(e.outgoing.SSRC(), cname)
}

// bye ends our stream (section 6.6).
func (e *RTPEndpoint) bye() {
	if e.session.Load() == nil || e.sent.Load() == 0 {
		return
	}
	e.sendRTCP(e.reportWith(nil, time.Now()), e.names(), &rtcp.Goodbye{Sources: []uint32{e.outgoing.SSRC()}})
}

func (e *RTPEndpoint) sendRTCP(packets ...rtcp.Packet) {
	b, err := rtcp.Marshal(packets)
	if err != nil {
		e.log.Debug("write RTCP", "err", err)
		return
	}
	s := e.session.Load()
	if s.secure != nil {
		if b, err = s.secure.out.sealRTCP(b); err != nil {
			e.log.Debug("encrypt RTCP", "err", err)
			return
		}
	}
	if s.mux {
		if to := e.dest.Load(); to != nil {
			err = e.sockets.Load().rtp.Send(b, *to)
		}
	} else {
		e.rx.Lock()
		to := e.rtcpTo
		e.rx.Unlock()
		if to.IsValid() {
			err = e.sockets.Load().rtcp.Send(b, to)
		}
	}
	if err != nil {
		e.log.Debug("send RTCP", "err", err)
	}
}

// takeRTCP reads a compound packet from the far end's address; others' are
// dropped.
func (e *RTPEndpoint) takeRTCP(b []byte, from netip.AddrPort) {
	e.rx.Lock()
	defer e.rx.Unlock()
	if a := from.Addr(); a != e.latch.pinned.Addr() && a != e.latch.want.Addr() {
		return
	}
	if s := e.session.Load(); s != nil && s.secure != nil {
		plain, err := s.secure.in.openRTCP(b)
		if err != nil {
			e.ports.count.forged.Inc()
			return
		}
		b = plain
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil || len(packets) > maxRTCPPackets {
		return
	}
	if e.latch.pinned.IsValid() && !e.latch.exact && from.Addr() == e.latch.pinned.Addr() {
		e.rtcpTo = from // behind NAT: answer where it comes from
	}
	now := time.Now()
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			if p.SSRC == e.reception.ssrc {
				e.reception.senderAt, e.reception.senderMN = now, uint32(p.NTPTime>>16)
			}
			e.takeReports(p.Reports, now)
		case *rtcp.ReceiverReport:
			e.takeReports(p.Reports, now)
		case *rtcp.Goodbye:
			e.log.Debug("far end ended its stream")
		}
	}
}

func (e *RTPEndpoint) takeReports(reports []rtcp.ReceptionReport, now time.Time) {
	for _, r := range reports {
		if r.SSRC != e.outgoing.SSRC() {
			continue
		}
		e.farReport = farReport{at: now, fraction: float64(r.FractionLost) / 256, jitter: r.Jitter}
		if r.LastSenderReport != 0 { // section 6.4.1: A - LSR - DLSR
			if trip := int32(uint32(ntp(now)>>16) - r.LastSenderReport - r.Delay); trip > 0 {
				e.farReport.trip = time.Duration(trip) * time.Second / seqWrap
			}
		}
	}
}

// ntp is t as 32 bits of seconds and 32 of their fraction.
func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}
